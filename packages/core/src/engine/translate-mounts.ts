import { posix } from "node:path";
import type { Mount, Propagation } from "../spec/config.ts";

/** The three places where a request may have declared mounts. */
export interface MountsJson {
  readonly Mounts?: readonly MountJson[] | null;
  /** `source:target[:option,…]` */
  readonly Binds?: readonly string[] | null;
  /** Options by target. */
  readonly Tmpfs?: Readonly<Record<string, string>> | null;
}

interface MountJson {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: { readonly Propagation?: string } | null;
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number } | null;
}

/**
 * What the container's creator asked for, sorted by target. Anonymous volumes are left out: they are the engine's
 * answer to an image's VOLUME.
 */
export function readMounts({ Mounts, Binds, Tmpfs }: MountsJson): readonly Mount[] {
  return [
    ...(Mounts ?? []).flatMap(readMount),
    ...(Binds ?? []).flatMap(readBind),
    ...Object.entries(Tmpfs ?? {}).map(readTmpfs),
  ].sort((a, b) => (a.target < b.target ? -1 : 1));
}

function readMount(json: MountJson): Mount[] {
  const target = normalisePath(json.Target);
  const readOnly = json.ReadOnly ?? false;
  const source = json.Source ?? "";
  switch (json.Type) {
    case "bind":
      return [
        {
          kind: "bind",
          source: normalisePath(source),
          target,
          readOnly,
          ...propagation(json.BindOptions?.Propagation),
        },
      ];
    case "volume":
      return source === "" ? [] : [{ kind: "volume", source, target, readOnly }];
    case "tmpfs": {
      const { SizeBytes: size = 0, Mode: mode = 0 } = json.TmpfsOptions ?? {};
      return [{ kind: "tmpfs", target, readOnly, ...(size > 0 ? { size } : {}), ...(mode > 0 ? { mode } : {}) }];
    }
    default:
      return [];
  }
}

function readBind(text: string): Mount[] {
  const [source = "", target, options = ""] = text.split(":");
  if (target === undefined) return [];
  const words = options.split(",");
  const common = { target: normalisePath(target), readOnly: words.includes("ro") };
  if (!source.startsWith("/")) return [{ kind: "volume", source, ...common }];
  return [{ kind: "bind", source: normalisePath(source), ...common, ...propagation(words.find(isPropagation)) }];
}

function readTmpfs([target, options]: [string, string]): Mount {
  const words = options.split(",");
  const value = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  const [, digits, unit = ""] = /^(\d+)([kmg]?)$/i.exec(value("size")) ?? [];
  const mode = value("mode");
  return {
    kind: "tmpfs",
    target: normalisePath(target),
    readOnly: words.includes("ro"),
    ...(digits === undefined ? {} : { size: Number(digits) * 1024 ** " kmg".indexOf(unit.toLowerCase() || " ") }),
    ...(/^[0-7]+$/.test(mode) ? { mode: Number.parseInt(mode, 8) } : {}),
  };
}

const propagations: ReadonlySet<string> = new Set<Propagation>([
  "private",
  "rprivate",
  "shared",
  "rshared",
  "slave",
  "rslave",
]);

function isPropagation(word: string): word is Propagation {
  return propagations.has(word);
}

function propagation(word: string | undefined): { propagation?: Propagation } {
  return word !== undefined && isPropagation(word) ? { propagation: word } : {};
}

/** Without doubled or trailing slashes; the root stays. */
function normalisePath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}
