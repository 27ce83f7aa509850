import type { ContainerSummary } from "@fleet/core";
import { expect, test } from "vitest";
import { Listing } from "./listing.ts";

const container = (id: string, instance: string, changes: Partial<ContainerSummary> = {}): ContainerSummary => ({
  id,
  name: `test-${instance}`,
  imageId: "sha256:1",
  labels: { "fleet.name": "test", "fleet.instance": instance },
  phase: "running",
  ...changes,
});

test("the first list changes nothing; what comes, goes, or is not as it was does, sorted", () => {
  const listing = new Listing("test");
  expect(listing.take([container("1", "a"), container("2", "b"), container("3", "c"), container("4", "d")])).toEqual(
    [],
  );
  const next = [
    container("5", "e"),
    container("4", "d", { phase: "exited" }),
    container("33", "c"),
    container("2", "b", { name: "renamed" }),
  ];
  expect(listing.take(next)).toEqual(["a", "b", "c", "d", "e"]);
  expect(listing.take(next)).toEqual([]);
  expect([...listing.present.keys()].sort()).toEqual(["b", "c", "d", "e"]);
});

test("knows whose a container is, for as long as it is listed", () => {
  const listing = new Listing("test");
  listing.take([container("1", "a"), container("2", "b")]);
  expect([listing.ownerOf("1"), listing.ownerOf("2"), listing.ownerOf("9")]).toEqual(["a", "b", undefined]);
  listing.take([container("9", "a"), container("2", "b")]);
  expect([listing.ownerOf("1"), listing.ownerOf("2"), listing.ownerOf("9")]).toEqual([undefined, "b", "a"]);
});

test("a container that moves to another instance's labels is that one's", () => {
  const listing = new Listing("test");
  listing.take([container("1", "a"), container("2", "b")]);
  expect(listing.take([container("2", "a"), container("1", "b")])).toEqual(["a", "b"]);
  expect([listing.ownerOf("1"), listing.ownerOf("2")]).toEqual(["b", "a"]);
});

test("several containers of one instance count together; others' do not count", () => {
  const listing = new Listing("test");
  const old = container("2", "a", { name: "test-a.old" });
  listing.take([container("1", "a"), old]);
  const foreign = container("8", "a", { labels: { "fleet.name": "other", "fleet.instance": "a" } });
  expect(listing.take([container("1", "a"), old, foreign])).toEqual([]);
  expect(listing.take([container("1", "a")])).toEqual(["a"]);
  expect([...listing.present.keys()]).toEqual(["a"]);
});
