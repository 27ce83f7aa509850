import { memoryEngine, memoryHost } from "@fleet/core/testing";
import { engineContract } from "./engine-contract.ts";
import { testImages } from "./test-images.ts";

engineContract("the memory engine", async () => {
  const host = memoryHost();
  const engine = memoryEngine({ host, images: testImages });
  return {
    engine,
    pause: async (container) => engine.pause(container),
    kill: async (container) => engine.kill(container),
    makeDirectory: async (path) => host.addDirectory(path),
    makeFile: async (path) => host.addFile(path),
    removePath: async (path) => host.remove(path),
  };
});
