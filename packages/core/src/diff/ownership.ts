import type { EngineInfo } from "../observe/engine.ts";
import type { SourceObservation } from "../observe/source.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { formatMode } from "../spec/mode.ts";
import { shellQuote } from "./command.ts";
import type { Drift } from "./drift.ts";

/** What the host is to do about one source. */
export type SourceStep =
  | { readonly kind: "makeSource"; readonly source: SourceSpec }
  | { readonly kind: "mendSource"; readonly source: SourceSpec; readonly ownership: Ownership };

/** Why a source cannot be used or mended as it is. */
export interface SourceBlock {
  readonly reason: "SourceMissing" | "SourceWrongType" | "SourceUnreadable" | "OwnershipNotRepairable";
  /** One sentence: what is in the way. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** Whether waiting may be enough. */
  readonly waits: boolean;
}

/** What is to be said and done about one bind source. */
export interface SourceDiff {
  /** None or one: `ownership.PATH`. */
  readonly drifts: readonly Drift[];
  /** In order. Also those that only an explicit apply may take (`repair: plan`). */
  readonly steps: readonly SourceStep[];
  readonly blocks: readonly SourceBlock[];
  /**
   * For a source that cannot be seen from here (a remote engine): to be taken when the container is created anyway,
   * since they do nothing where all is well. Alone they are no reason to act.
   */
  readonly stepsBeforeCreate: readonly SourceStep[];
}

type Present = Extract<SourceObservation, { kind: "present" }>;
type Unreadable = Extract<SourceObservation, { kind: "unreadable" }>;
type IdMapping = EngineInfo["idMapping"];

const nothing: SourceDiff = { drifts: [], steps: [], blocks: [], stepsBeforeCreate: [] };

/** Compares what a bind source should be with what was seen. */
export function diffSource(spec: SourceSpec, seen: SourceObservation, idMapping: IdMapping): SourceDiff {
  if (spec.ownership !== undefined) {
    const ids = ownershipIds(spec.ownership, idMapping);
    if ("block" in ids) return { ...nothing, blocks: [withPath(ids.block, spec.path)] };
  }
  switch (seen.kind) {
    case "missing":
      return diffMissing(spec);
    case "unreadable":
      return diffUnreadable(spec, seen);
    case "present":
      return diffPresent(spec, seen);
  }
}

/**
 * The ids on the host that a container's ids stand for. Where the engine maps them they are not worked out yet, and
 * the answer is a block: uid 1000 in the container is another user than uid 1000 on the host.
 */
export function ownershipIds(
  { uid, gid }: Ownership,
  idMapping: IdMapping,
): { readonly uid: number; readonly gid: number } | { readonly block: SourceBlock } {
  if (idMapping === "none") return { uid, gid };
  const how = idMapping === "userns" ? "remaps container ids (userns-remap)" : "runs rootless and maps container ids";
  return {
    block: {
      reason: "OwnershipNotRepairable",
      message: `the engine ${how}: which host ids ${uid}:${gid} stand for is not known to fleet`,
      hint: "leave `ownership` out for this engine, and give the directory to the mapped ids by hand",
      waits: false,
    },
  };
}

function withPath(block: SourceBlock, path: string): SourceBlock {
  return { ...block, message: `${path}: ${block.message}` };
}

function diffMissing(spec: SourceSpec): SourceDiff {
  if (spec.type === "file" && spec.ownership === undefined) {
    const block: SourceBlock = {
      reason: "SourceMissing",
      message: `the file ${spec.path} for ${spec.target} does not exist, and what should be in it only you know`,
      hint: "make it, or declare `ownership` to have it made empty",
      waits: true,
    };
    return { ...nothing, blocks: [block] };
  }
  return { ...nothing, drifts: [drift(spec, null, "host")], steps: [{ kind: "makeSource", source: spec }] };
}

function diffUnreadable(spec: SourceSpec, seen: Unreadable): SourceDiff {
  if (seen.code === "EREMOTE") return diffUnseen(spec);
  if (deadMounts.has(seen.code)) return diffDeadMount(spec, seen);
  // Nothing is compared there, and whether it can be mounted the engine knows better than this process.
  if (spec.ownership === undefined) return nothing;
  const link = seen.code === "ELOOP";
  const block: SourceBlock = {
    reason: "SourceUnreadable",
    message: `${spec.path} cannot be looked at: ${seen.message} (${seen.code})`,
    hint: link ? "write the path that the link stands for" : `see what is wrong: sudo ls -ld ${shellQuote(spec.path)}`,
    waits: !link,
  };
  return { ...nothing, blocks: [block] };
}

/** What nobody can use, whoever asks. */
const deadMounts: ReadonlySet<string> = new Set(["EIO", "ENOTCONN", "ESTALE"]);

function diffDeadMount({ path, target }: SourceSpec, seen: Unreadable): SourceDiff {
  const block: SourceBlock = {
    reason: "SourceUnreadable",
    message: `${path} for ${target} cannot be used: ${seen.message} (${seen.code})`,
    hint: "take the dead mount away (sudo umount -l) and mount it again",
    waits: true,
  };
  return { ...nothing, blocks: [block] };
}

function diffUnseen(spec: SourceSpec): SourceDiff {
  const { ownership } = spec;
  if (ownership === undefined) {
    const made = spec.type === "directory";
    return { ...nothing, stepsBeforeCreate: made ? [{ kind: "makeSource", source: spec }] : [] };
  }
  const mend: SourceStep[] = ownership.repair === "never" ? [] : [{ kind: "mendSource", source: spec, ownership }];
  return { ...nothing, stepsBeforeCreate: [{ kind: "makeSource", source: spec }, ...mend] };
}

function diffPresent(spec: SourceSpec, seen: Present): SourceDiff {
  const { ownership } = spec;
  if (ownership === undefined && (seen.type === "symlink" || (seen.type === "other" && spec.type === "file"))) {
    return nothing;
  }
  if (seen.type !== spec.type) return diffWrongType(spec, seen);
  const steps: SourceStep[] = [];
  if (seen.missingNested.length > 0) steps.push({ kind: "makeSource", source: spec });
  const wrong = ownership !== undefined && !isRight(ownership, seen);
  if (wrong && ownership.repair !== "never") steps.push({ kind: "mendSource", source: spec, ownership });
  if (!wrong && steps.length === 0) return nothing;
  return { ...nothing, drifts: [drift(spec, describe(seen, spec), steps.length > 0 ? "host" : "none")], steps };
}

function isRight(ownership: Ownership, seen: Present): boolean {
  return (
    seen.uid === ownership.uid &&
    seen.gid === ownership.gid &&
    (ownership.mode === undefined || seen.mode === ownership.mode) &&
    (!ownership.recursive || (seen.wrongBelow?.count ?? 0) === 0)
  );
}

/** Something empty goes without a loss: an engine leaves a directory where a file should have been mounted. */
function diffWrongType(spec: SourceSpec, seen: Present): SourceDiff {
  const drifts = [drift(spec, describe(seen, spec), "host")];
  const replaceable = seen.empty && (seen.type === "directory" || seen.type === "file");
  const repair = spec.ownership?.repair ?? "never";
  if (replaceable && repair !== "never") return { ...nothing, drifts, steps: [{ kind: "makeSource", source: spec }] };
  const what = seen.type === "symlink" ? "a symlink, and fleet does not change what a link points to" : kindName(seen);
  const block: SourceBlock = {
    reason: "SourceWrongType",
    message: `${spec.path} for ${spec.target} should be a ${spec.type} and is ${what}`,
    hint: wrongTypeHint(spec, seen, replaceable),
    waits: false,
  };
  return { ...nothing, drifts: drifts.map((each) => ({ ...each, remedy: "none" as const })), blocks: [block] };
}

function kindName(seen: Present): string {
  if (seen.type === "other") return "neither a file nor a directory";
  return seen.empty ? `an empty ${seen.type}` : `a ${seen.type}`;
}

function wrongTypeHint(spec: SourceSpec, seen: Present, replaceable: boolean): string {
  const path = shellQuote(spec.path);
  if (seen.type === "symlink") return "write the path that it points to, or leave `ownership` out";
  if (replaceable && seen.type === "directory") return `remove it: rmdir ${path}`;
  if (seen.type === "other") return "leave `ownership` out: fleet owns only files and directories";
  return `declare \`type: ${seen.type}\` if that is what you mean, or move it away: mv ${path} ${shellQuote(`${spec.path}.old`)}`;
}

function drift(spec: SourceSpec, observed: string | null, remedy: "host" | "none"): Drift {
  return { path: `ownership.${spec.path}`, desired: wanted(spec), observed, cause: "host", remedy };
}

/** `1000:1000 0755`; the type alone when no owner is declared. */
function wanted({ ownership, type }: SourceSpec): string {
  if (ownership === undefined) return type;
  const { uid, gid, mode } = ownership;
  return mode === undefined ? `${uid}:${gid}` : `${uid}:${gid} ${formatMode(mode)}`;
}

/** The same fields as {@link wanted}, and what else is wrong. */
function describe(seen: Present, spec: SourceSpec): string {
  const { ownership } = spec;
  const owner = `${seen.uid}:${seen.gid}`;
  const fields = ownership?.mode === undefined ? owner : `${owner} ${formatMode(seen.mode)}`;
  const type = seen.type === spec.type ? "" : `${seen.type} `;
  const parts = [ownership === undefined ? seen.type : `${type}${fields}`];
  const below = seen.wrongBelow?.count ?? 0;
  if (below > 0) parts.push(`${below} below ${below === 1 ? "differs" : "differ"}`);
  if (seen.missingNested.length > 0) parts.push(`without ${seen.missingNested.join(", ")}`);
  return parts.join(", ");
}
