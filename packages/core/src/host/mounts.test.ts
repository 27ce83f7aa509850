import { expect, test } from "vitest";
import { mountsByPoint, pointsBelow } from "./mounts.ts";

const table = [
  "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
  "30 22 0:25 / /srv/p/cache rw - tmpfs tmpfs rw",
  "31 22 254:0 /opt /srv/p/a\\040b/c\\134d ro - ext4 /dev/vda rw",
  "32 22 0:26 / /srv/player rw - tmpfs tmpfs rw",
  "33 22 0:27 / /srv/p rw - tmpfs tmpfs rw",
  "",
].join("\n");

test("mount points below a directory, itself and its namesakes left out", () => {
  expect([...pointsBelow(table, "/srv/p")]).toEqual(["cache", "a b/c\\d"]);
});

test("below the root is everything but the root", () => {
  expect([...pointsBelow(table, "/")]).toEqual(["srv/p/cache", "srv/p/a b/c\\d", "srv/player", "srv/p"]);
});

test("a mount point whose name is not ASCII", () => {
  expect([...pointsBelow("1 2 3:4 / /srv/p/donn\u00e9es rw - tmpfs x rw", "/srv/p")]).toEqual(["donn\u00e9es"]);
});

test("C39: what is mounted at a point is what lies on top, and may have been removed", () => {
  const inside = [
    "50 40 254:0 /srv/a /a rw,relatime - ext4 /dev/vda rw",
    "51 40 254:0 /srv/b//deleted /b rw,relatime master:7 - ext4 /dev/vda rw",
    "52 40 254:0 /srv/c//deleted /with\\040blank rw - xfs /dev/vdb rw",
    "53 40 0:60 /export//deleted /nfs rw - nfs4 server:/ rw",
    "54 50 0:61 / /a rw - tmpfs tmpfs rw",
    "",
  ].join("\n");
  expect(Object.fromEntries(mountsByPoint(inside))).toEqual({
    "/a": { id: 54, removed: false },
    "/b": { id: 51, removed: true },
    "/with blank": { id: 52, removed: true },
    // A server's word for "perhaps".
    "/nfs": { id: 53, removed: false },
  });
});
