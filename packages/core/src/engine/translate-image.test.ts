import { expect, test } from "vitest";
import { readImage } from "./translate-image.ts";

test("an image's defaults in our units", () => {
  expect(
    readImage({
      Id: "sha256:aa",
      RepoTags: ["b:1", "a:1"],
      RepoDigests: ["a@sha256:bb"],
      Config: {
        Entrypoint: ["/init"],
        Cmd: ["serve"],
        Env: ["PATH=/bin", "A=b=c"],
        User: "1000",
        WorkingDir: "/srv",
        Labels: { v: "9" },
        Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 1e9 },
        StopSignal: "SIGINT",
        Volumes: { "/z": {}, "/a": {} },
      },
    }),
  ).toEqual({
    id: "sha256:aa",
    tags: ["a:1", "b:1"],
    digests: ["a@sha256:bb"],
    defaults: {
      entrypoint: ["/init"],
      command: ["serve"],
      env: { PATH: "/bin", A: "b=c" },
      user: "1000",
      workingDir: "/srv",
      labels: { v: "9" },
      healthcheck: { test: ["CMD-SHELL", "true"], interval: 1000 },
      stopSignal: "SIGINT",
      volumes: ["/a", "/z"],
    },
  });
});

test("an image that declares nothing", () => {
  const nothing = { env: {}, labels: {}, volumes: [] };
  const image = { id: `sha256:${"a".repeat(64)}`, tags: [], digests: [], defaults: nothing };
  expect(readImage({ Id: "a".repeat(64), RepoTags: null, Config: null })).toEqual(image);
});
