import { expect, test } from "vitest";
import type { SourceObservation } from "../observe/source.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { diffSource, ownershipIds, type SourceDiff } from "./ownership.ts";

type Present = Extract<SourceObservation, { kind: "present" }>;

const ownership: Ownership = { uid: 1000, gid: 1000, mode: 0o755, repair: "auto", recursive: false };
const source: SourceSpec = { path: "/srv/p", type: "directory", target: "/work/p", nested: [], ownership };
const { ownership: _, ...undeclared } = source;
const file: SourceSpec = { ...source, type: "file", ownership: { ...ownership, mode: 0o600 } };
const right: Present = {
  kind: "present",
  type: "directory",
  uid: 1000,
  gid: 1000,
  mode: 0o755,
  device: 1,
  inode: 2,
  empty: false,
  missingNested: [],
};
const missing: SourceObservation = { kind: "missing", ancestor: "/srv" };

const nothing: SourceDiff = { drifts: [], steps: [], blocks: [], stepsBeforeCreate: [] };
const drift = (observed: string | null, desired = "1000:1000 0755", remedy: "host" | "none" = "host") => ({
  path: "ownership./srv/p",
  desired,
  observed,
  cause: "host" as const,
  remedy,
});
const mend = { kind: "mendSource", source, ownership } as const;
const diff = (spec: SourceSpec, seen: SourceObservation) => diffSource(spec, seen, "none");

test("what is as declared needs nothing", () => {
  expect(diff(source, right)).toEqual(nothing);
});

test("C31: a directory that a failed start left behind as root's is mended", () => {
  expect(diff(source, { ...right, uid: 0, gid: 0 })).toEqual({
    ...nothing,
    drifts: [drift("0:0 0755")],
    steps: [mend],
  });
});

test("each of uid, gid and mode alone is a drift", () => {
  expect(diff(source, { ...right, uid: 0 }).drifts).toEqual([drift("0:1000 0755")]);
  expect(diff(source, { ...right, gid: 0 }).drifts).toEqual([drift("1000:0 0755")]);
  expect(diff(source, { ...right, mode: 0o2700 }).drifts).toEqual([drift("1000:1000 2700")]);
});

test("a mode that is not declared is neither compared nor shown", () => {
  const { mode: __, ...ownerOnly } = ownership;
  const spec = { ...source, ownership: ownerOnly };
  expect(diff(spec, { ...right, mode: 0o700 })).toEqual(nothing);
  expect(diff(spec, { ...right, uid: 0, mode: 0o700 }).drifts).toEqual([drift("0:1000", "1000:1000")]);
});

test("repair: never reports and does nothing; plan is for the applier to hold back", () => {
  const never = { ...source, ownership: { ...ownership, repair: "never" as const } };
  expect(diff(never, { ...right, uid: 0 })).toEqual({
    ...nothing,
    drifts: [drift("0:1000 0755", "1000:1000 0755", "none")],
  });
  const plan = { ...source, ownership: { ...ownership, repair: "plan" as const } };
  expect(diff(plan, { ...right, uid: 0 }).steps).toEqual([
    { kind: "mendSource", source: plan, ownership: plan.ownership },
  ]);
});

test("recursive: what differs below is a drift of the source", () => {
  const recursive = { ...source, ownership: { ...ownership, recursive: true } };
  const below = (count: number): Present => ({ ...right, wrongBelow: { count, paths: ["/srv/p/a"], skipped: [] } });
  expect(diff(recursive, below(0))).toEqual(nothing);
  expect(diff(recursive, below(1)).drifts).toEqual([drift("1000:1000 0755, 1 below differs")]);
  expect(diff(recursive, below(7)).drifts).toEqual([drift("1000:1000 0755, 7 below differ")]);
});

test("C30: what is missing is made, with an owner or without", () => {
  expect(diff(source, missing)).toEqual({
    ...nothing,
    drifts: [drift(null)],
    steps: [{ kind: "makeSource", source }],
  });
  expect(diff(undeclared, missing)).toEqual({
    ...nothing,
    drifts: [drift(null, "directory")],
    steps: [{ kind: "makeSource", source: undeclared }],
  });
});

test("repair: never still makes what is missing: nothing that exists is changed", () => {
  const never = { ...source, ownership: { ...ownership, repair: "never" as const } };
  expect(diff(never, missing).steps).toEqual([{ kind: "makeSource", source: never }]);
});

test("a missing file is made empty only with an ownership; without one fleet invents no credentials", () => {
  expect(diff(file, missing)).toEqual({
    ...nothing,
    drifts: [drift(null, "1000:1000 0600")],
    steps: [{ kind: "makeSource", source: file }],
  });
  expect(diff({ ...undeclared, type: "file" }, missing)).toEqual({
    ...nothing,
    blocks: [
      {
        reason: "SourceMissing",
        message: "the file /srv/p for /work/p does not exist, and what should be in it only you know",
        hint: "make it, or declare `ownership` to have it made empty",
        waits: true,
      },
    ],
  });
});

test("C42: a nested mountpoint that is missing is made, before the rest is mended", () => {
  const spec = { ...source, nested: ["node_modules"] };
  const seen: Present = { ...right, missingNested: ["node_modules"] };
  expect(diff(spec, seen)).toEqual({
    ...nothing,
    drifts: [drift("1000:1000 0755, without node_modules")],
    steps: [{ kind: "makeSource", source: spec }],
  });
  expect(diff(spec, { ...seen, uid: 0 }).steps.map(({ kind }) => kind)).toEqual(["makeSource", "mendSource"]);
  expect(diff({ ...undeclared, nested: ["node_modules"] }, seen).drifts).toEqual([
    drift("directory, without node_modules", "directory"),
  ]);
});

test("something empty of the wrong type is replaced: an engine leaves a directory where a file was to be mounted", () => {
  expect(diff(file, { ...right, uid: 0, gid: 0, empty: true })).toEqual({
    ...nothing,
    drifts: [drift("directory 0:0 0755", "1000:1000 0600")],
    steps: [{ kind: "makeSource", source: file }],
  });
  expect(diff(source, { ...right, type: "file", empty: true }).steps).toEqual([{ kind: "makeSource", source }]);
});

test("something of the wrong type that holds data blocks", () => {
  expect(diff(source, { ...right, type: "file", mode: 0o644 })).toEqual({
    ...nothing,
    drifts: [drift("file 1000:1000 0644", "1000:1000 0755", "none")],
    blocks: [
      {
        reason: "SourceWrongType",
        message: "/srv/p for /work/p should be a directory and is a file",
        hint: "declare `type: file` if that is what you mean, or move it away: mv '/srv/p' '/srv/p.old'",
        waits: false,
      },
    ],
  });
});

test("nothing is replaced that fleet may not repair", () => {
  const empty: Present = { ...right, empty: true };
  const block = {
    reason: "SourceWrongType",
    message: "/srv/p for /work/p should be a file and is an empty directory",
    hint: "remove it: rmdir '/srv/p'",
    waits: false,
  };
  expect(diff({ ...undeclared, type: "file" }, empty)).toEqual({
    ...nothing,
    drifts: [drift("directory", "file", "none")],
    blocks: [block],
  });
  const never = { ...file, ownership: { ...ownership, repair: "never" as const } };
  expect(diff(never, empty).blocks).toEqual([block]);
});

test("C15: a symlink is the engine's to follow, unless it should be owned", () => {
  const link: Present = { ...right, type: "symlink", mode: 0o777 };
  expect(diff(undeclared, link)).toEqual(nothing);
  expect(diff(source, link)).toEqual({
    ...nothing,
    drifts: [drift("symlink 1000:1000 0777", "1000:1000 0755", "none")],
    blocks: [
      {
        reason: "SourceWrongType",
        message:
          "/srv/p for /work/p should be a directory and is a symlink, and fleet does not change what a link points to",
        hint: "write the path that it points to, or leave `ownership` out",
        waits: false,
      },
    ],
  });
});

test("a socket may be mounted where a file is declared, and not be owned", () => {
  const socket: Present = { ...right, type: "other" };
  expect(diff({ ...undeclared, type: "file" }, socket)).toEqual(nothing);
  expect(diff(file, socket).blocks).toEqual([
    {
      reason: "SourceWrongType",
      message: "/srv/p for /work/p should be a file and is neither a file nor a directory",
      hint: "leave `ownership` out: fleet owns only files and directories",
      waits: false,
    },
  ]);
});

test("what may not be looked at blocks where an owner is declared, and nowhere else", () => {
  const denied: SourceObservation = { kind: "unreadable", code: "EACCES", message: "/srv: permission denied" };
  expect(diff(source, denied)).toEqual({
    ...nothing,
    blocks: [
      {
        reason: "SourceUnreadable",
        message: "/srv/p cannot be looked at: /srv: permission denied (EACCES)",
        hint: "see what is wrong: sudo ls -ld '/srv/p'",
        waits: true,
      },
    ],
  });
  expect(diff(undeclared, denied)).toEqual(nothing);
});

test.each(["ENOTCONN", "ESTALE", "EIO"])("C41: a dead mount (%s) blocks, whoever owns it", (code) => {
  const dead: SourceObservation = { kind: "unreadable", code, message: "/srv: a dead mount" };
  const blocked = {
    ...nothing,
    blocks: [
      {
        reason: "SourceUnreadable",
        message: `/srv/p for /work/p cannot be used: /srv: a dead mount (${code})`,
        hint: "take the dead mount away (sudo umount -l) and mount it again",
        waits: true,
      },
    ],
  };
  expect(diff(source, dead)).toEqual(blocked);
  expect(diff(undeclared, dead)).toEqual(blocked);
});

test("an untrusted symlink on the way is for the spec to change", () => {
  const seen: SourceObservation = { kind: "unreadable", code: "ELOOP", message: "/srv is a symlink of uid 1000" };
  expect(diff(source, seen).blocks).toEqual([
    {
      reason: "SourceUnreadable",
      message: "/srv/p cannot be looked at: /srv is a symlink of uid 1000 (ELOOP)",
      hint: "write the path that the link stands for",
      waits: false,
    },
  ]);
});

test("on a remote engine sources are seen to when the container is created, and at no other time", () => {
  const remote: SourceObservation = { kind: "unreadable", code: "EREMOTE", message: "elsewhere" };
  expect(diff(source, remote)).toEqual({ ...nothing, stepsBeforeCreate: [{ kind: "makeSource", source }, mend] });
  expect(diff(undeclared, remote).stepsBeforeCreate).toEqual([{ kind: "makeSource", source: undeclared }]);
  expect(diff({ ...undeclared, type: "file" }, remote)).toEqual(nothing);
});

test("C37: where the engine maps ids, an owner is refused with the reason, never taken literally", () => {
  expect(ownershipIds(ownership, "none")).toEqual({ uid: 1000, gid: 1000 });
  for (const [mapping, how] of [
    ["userns", "remaps container ids (userns-remap)"],
    ["rootless", "runs rootless and maps container ids"],
  ] as const) {
    expect(diffSource(source, { ...right, uid: 0 }, mapping)).toEqual({
      ...nothing,
      blocks: [
        {
          reason: "OwnershipNotRepairable",
          message: `/srv/p: the engine ${how}: which host ids 1000:1000 stand for is not known to fleet`,
          hint: "leave `ownership` out for this engine, and give the directory to the mapped ids by hand",
          waits: false,
        },
      ],
    });
    expect(diffSource(undeclared, right, mapping)).toEqual(nothing);
  }
});
