import { expect, test } from "vitest";
import type { StaleMount } from "../observe/mount.ts";
import { containerConfig } from "../spec/builders.ts";
import type { BindMount, Mount } from "../spec/config.ts";
import { diffStaleMounts, sharedBinds } from "./stale.ts";

const bind = (source: string, target: string): BindMount => ({ kind: "bind", source, target, readOnly: false });
const volume: Mount = { kind: "volume", source: "/srv/a", target: "/v", readOnly: false };
const config = (...mounts: readonly Mount[]) => containerConfig({ mounts });

test("only binds that the container has with the spec's source at the spec's target", () => {
  const desired = config(bind("/srv/a", "/a"), bind("/srv/b", "/b"), bind("/srv/c", "/c"), volume);
  const observed = config(volume, bind("/srv/old", "/b"), { ...bind("/srv/a", "/a"), readOnly: true });
  expect(sharedBinds(desired, observed)).toEqual([bind("/srv/a", "/a")]);
  expect(sharedBinds(desired, containerConfig())).toEqual([]);
});

test("C39: a source that was replaced, in each way that it is known", () => {
  const source = { device: 1, inode: 20 };
  const texts = (stale: StaleMount) =>
    diffStaleMounts([bind("/srv/a", "/a"), bind("/srv/b", "/b")], { "/a": stale }, "none");
  const drift = (observed: string, desired = "20") => [
    { path: "mounts./a.inode", desired, observed, cause: "sourceReplaced", remedy: "none" },
  ];
  const moved = { device: 1, inode: 10 };
  expect(texts({ mounted: moved, removed: false, source })).toEqual(drift("10"));
  expect(texts({ mounted: moved, removed: true, source })).toEqual(drift("10 (removed)"));
  expect(texts({ mounted: null, removed: true, source })).toEqual(drift("removed"));
  expect(texts({ mounted: { device: 2, inode: 20 }, removed: false, source })).toEqual(
    drift("20 on device 2", "20 on device 1"),
  );
});
