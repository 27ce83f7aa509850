import { realEngines } from "../support/engines.ts";
import { engineContract } from "./engine-contract.ts";
import { openRealEngine } from "./real-engine.ts";

for (const { version, host } of realEngines()) {
  engineContract(`Docker ${version}`, () => openRealEngine(host));
}
