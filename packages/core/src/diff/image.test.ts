import { expect, test } from "vitest";
import type { ContainerObservation } from "../observe/container.ts";
import type { ImageObservation } from "../observe/image.ts";
import type { ImagePolicy } from "../spec/instance.ts";
import { diffImage } from "./image.ts";

const one = `sha256:${"1".repeat(64)}`;
const two = `sha256:${"2".repeat(64)}`;

const held = (id: string): ImageObservation => ({
  id,
  tags: [],
  digests: [],
  defaults: { env: {}, labels: {}, volumes: [] },
});

const running = (ref: string, imageId = one): ContainerObservation => ({
  id: "a",
  name: "a",
  imageId,
  labels: {},
  phase: "running",
  config: { image: ref },
  state: { phase: "running", oomKilled: false, restartCount: 0, pid: 1 },
  createdAt: 0,
});

const policy = (ref: string, track: ImagePolicy["track"] = "id"): ImagePolicy => ({ ref, pull: "missing", track });

test("C25: what is run counts, not how it is named: tag, id, digest", () => {
  for (const ref of ["app:1", "app", "app:latest", one, `app@sha256:${"9".repeat(64)}`]) {
    expect(diffImage(policy(ref), running("app:1"), held(one))).toEqual([]);
  }
});

test("a tag that moved is a drift of its own kind", () => {
  expect(diffImage(policy("app:1"), running("app:1"), held(two))).toEqual([
    {
      path: "image",
      desired: "sha256:222222222222…",
      observed: "sha256:111111111111…",
      cause: "tagMoved",
      remedy: "replace",
    },
  ]);
});

test("with track: ref a tag that moved is none, and another text is one", () => {
  expect(diffImage(policy("app:1", "ref"), running("app:1"), held(two))).toEqual([]);
  expect(diffImage(policy("app", "ref"), running("app:latest"), held(two))).toEqual([]);
  expect(diffImage(policy("app:2", "ref"), running("app:1"), held(one))).toEqual([
    {
      path: "image",
      desired: "app:2 (sha256:111111111111…)",
      observed: "app:1 (sha256:111111111111…)",
      cause: "changed",
      remedy: "replace",
    },
  ]);
});

test("C26: an image that the engine does not hold leaves a container of that name alone", () => {
  expect(diffImage(policy("app:1"), running("app:1"), undefined)).toEqual([]);
  expect(diffImage(policy("app:2"), running("app:1"), undefined)).toEqual([
    {
      path: "image",
      desired: "app:2 (not on the engine)",
      observed: "app:1 (sha256:111111111111…)",
      cause: "changed",
      remedy: "replace",
    },
  ]);
});

test("a registry's port is no tag", () => {
  expect(diffImage(policy("box:5000/app", "ref"), running("box:5000/app:latest"), undefined)).toEqual([]);
  expect(diffImage(policy(one, "ref"), running(one), undefined)).toEqual([]);
});
