import { memoryEngine, memoryHost } from "@fleet/core/testing";
import { realEngines } from "../support/engines.ts";
import { engineContract } from "./engine-contract.ts";
import { openRealEngine } from "./real-engine.ts";
import { testImages } from "./test-images.ts";

engineContract("the memory engine", async () => {
  const host = memoryHost();
  const engine = memoryEngine({ host, images: testImages });
  return {
    engine,
    pause: async (container) => engine.pause(container),
    makeDirectory: async (path) => host.addDirectory(path),
    makeFile: async (path) => host.addFile(path),
    removePath: async (path) => host.remove(path),
  };
});

for (const { version, host } of realEngines()) {
  engineContract(`Docker ${version}`, () => openRealEngine(host));
}
