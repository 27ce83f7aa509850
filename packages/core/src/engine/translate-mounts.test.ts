import { expect, test } from "vitest";
import { readMounts } from "./translate-mounts.ts";

test("C14: paths lose doubled and trailing slashes, the root stays", () => {
  const Mounts = [
    { Type: "bind", Source: "/srv//a/", Target: "/d/" },
    { Type: "bind", Source: "/", Target: "/host", ReadOnly: true },
  ];
  expect(readMounts({ Mounts })).toEqual([
    { kind: "bind", source: "/srv/a", target: "/d", readOnly: false },
    { kind: "bind", source: "/", target: "/host", readOnly: true },
  ]);
});

test("C41: an empty propagation says nothing", () => {
  const Mounts = [{ Type: "bind", Source: "/a", Target: "/b", BindOptions: { Propagation: "" } }];
  expect(readMounts({ Mounts })).toEqual([{ kind: "bind", source: "/a", target: "/b", readOnly: false }]);
});

test("the three forms of the API read alike, sorted by target", () => {
  const asMounts = readMounts({
    Mounts: [
      { Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: 64 * 1024 ** 2, Mode: 0o1777 } },
      { Type: "bind", Source: "/a", Target: "/b", ReadOnly: true, BindOptions: { Propagation: "rslave" } },
      { Type: "volume", Source: "data", Target: "/data" },
    ],
  });
  const asOthers = readMounts({
    Binds: ["data:/data", "/a:/b:ro,rslave,z"],
    Tmpfs: { "/t": "rw,size=64m,mode=1777" },
  });
  expect(asOthers).toEqual(asMounts);
  expect(asMounts).toEqual([
    { kind: "bind", source: "/a", target: "/b", readOnly: true, propagation: "rslave" },
    { kind: "volume", source: "data", target: "/data", readOnly: false },
    { kind: "tmpfs", target: "/t", readOnly: false, size: 67_108_864, mode: 0o1777 },
  ]);
});

test.each([
  ["size=512", 512],
  ["size=2k", 2048],
  ["size=1G", 1024 ** 3],
  ["size=10%", undefined],
  ["", undefined],
])("tmpfs option %s", (options, size) => {
  const expected = { kind: "tmpfs", target: "/t", readOnly: false };
  expect(readMounts({ Tmpfs: { "/t": options } })).toEqual([size === undefined ? expected : { ...expected, size }]);
});

test("anonymous volumes and kinds that we do not have are left out", () => {
  expect(
    readMounts({
      Mounts: [
        { Type: "volume", Target: "/x" },
        { Type: "npipe", Source: "a", Target: "/y" },
      ],
      Binds: ["/anonymous"],
    }),
  ).toEqual([]);
});
