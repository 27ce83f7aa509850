import { bytes } from "./bytes.ts";
import type { BindMount, Mount, TmpfsMount } from "./config.ts";
import { whyDenied } from "./deny.ts";
import { compareText } from "./diagnostic.ts";
import type { Written } from "./fields.ts";
import { resolveHostPath } from "./host-path.ts";
import type { ResolveInputs } from "./inputs.ts";
import type { Ownership, SourceSpec } from "./instance.ts";
import { filledText, flag, type Kind, wrong } from "./kind.ts";
import { mode } from "./mode.ts";
import { ownerId, propagation, repair, sourceType, target } from "./mount-kinds.ts";
import { resourceName } from "./name.ts";
import { formatPath } from "./path.ts";
import { present } from "./present.ts";
import { entriesOf, itemsOf, type Reader } from "./reader.ts";

/** One mount as read, with its place, and what a bind says about its source. */
export interface PlacedMount {
  readonly mount: Mount;
  readonly written: Written;
  readonly source?: { readonly type: SourceSpec["type"]; readonly ownership?: Ownership };
}

/** An instance's mounts, sorted by target. */
export function readMounts(reader: Reader, inputs: ResolveInputs): readonly PlacedMount[] {
  const written = reader.written("mounts");
  const mounts = written === undefined ? [] : itemsOf(written).map((item) => readMount(item, reader, inputs));
  const byTarget = new Map<string, PlacedMount>();
  for (const mount of mounts) {
    if (mount === undefined) continue;
    const { target } = mount.mount;
    const first = byTarget.get(target);
    if (first === undefined) byTarget.set(target, mount);
    else {
      reader.diagnostics.error("Duplicate", [...mount.written.path, "target"], "two mounts have one target", {
        hint: `${formatPath(first.written.path)} is mounted there already`,
      });
    }
  }
  return [...byTarget.values()].sort((a, b) => compareText(a.mount.target, b.mount.target));
}

function readMount(written: Written, reader: Reader, inputs: ResolveInputs): PlacedMount | undefined {
  const entries = entriesOf(written);
  const get = <T>(key: string, kind: Kind<T>): T | undefined => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : reader.read(kind, entry);
  };
  const where = get("target", target);
  const readOnly = get("readOnly", flag) ?? false;
  const bind = entries.get("bind");
  const volume = entries.get("volume");
  const tmpfs = entries.get("tmpfs");
  if (bind !== undefined) {
    const source = readBindSource(bind, entries.get("allow")?.value === true, reader, inputs);
    const spread = get("propagation", propagation);
    const declared = get("type", sourceType);
    const type = declared ?? "directory";
    const ownership = readOwnership(entries.get("ownership"), reader);
    if (source === undefined || where === undefined) return undefined;
    lintFile(bind, source, declared, reader);
    const mount: BindMount = { kind: "bind", source, target: where, readOnly, ...present({ propagation: spread }) };
    return { mount, written, source: { type, ...present({ ownership }) } };
  }
  if (volume !== undefined) {
    const source = reader.read(resourceName, volume);
    if (source === undefined || where === undefined) return undefined;
    return { mount: { kind: "volume", source, target: where, readOnly }, written };
  }
  if (tmpfs === undefined || where === undefined) return undefined;
  return { mount: { kind: "tmpfs", target: where, readOnly, ...readTmpfs(tmpfs, reader) }, written };
}

function readBindSource(written: Written, allowed: boolean, reader: Reader, inputs: ResolveInputs): string | undefined {
  const text = reader.read(filledText, written);
  if (text === undefined) return undefined;
  const path = resolveHostPath(text, inputs);
  if (path === undefined) {
    reader.diagnostics.error(
      "InvalidValue",
      written.path,
      "only `~/` stands for a home directory, and only for your own",
      {
        hint: "write the whole path",
      },
    );
    return undefined;
  }
  const why = whyDenied(path, inputs.home);
  if (why !== undefined && !allowed) {
    reader.diagnostics.error("Denied", written.path, `\`${String(written.value)}\` ${why}`, {
      hint: "bind something narrower, or add `allow: true` to this mount if that is what you want",
    });
  }
  return path;
}

function readTmpfs(written: Written, reader: Reader): Pick<TmpfsMount, "size" | "mode"> {
  if (written.value === true) return {};
  const entries = entriesOf(written);
  const size = entries.get("size");
  const bits = entries.get("mode");
  return present({
    size: size === undefined ? undefined : reader.read(notZero(bytes), size),
    mode: bits === undefined ? undefined : reader.read(notZero(mode), bits),
  });
}

/** What an engine cannot be told: it takes 0 for nothing said. */
function notZero(kind: Kind<number>): Kind<number> {
  return {
    ...kind,
    read: (value) => {
      const result = kind.read(value);
      return result.ok && result.value === 0 ? wrong("an engine takes 0 for its own default") : result;
    },
  };
}

function readOwnership(written: Written | undefined, reader: Reader): Ownership | undefined {
  if (written === undefined) return undefined;
  const entries = entriesOf(written);
  const get = <T>(key: string, kind: Kind<T>): T | undefined => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : reader.read(kind, entry);
  };
  const uid = get("uid", ownerId);
  const gid = get("gid", ownerId);
  const bits = get("mode", mode);
  const mended = get("repair", repair) ?? "auto";
  const recursive = get("recursive", flag) ?? false;
  if (uid === undefined || gid === undefined) return undefined;
  return { uid, gid, ...present({ mode: bits }), repair: mended, recursive };
}

/** Programs that save by renaming leave a container with the old file; and a file is not what a bind makes by default. */
function lintFile(bind: Written, source: string, declared: SourceSpec["type"] | undefined, reader: Reader): void {
  if (declared === undefined && looksLikeFile(source)) {
    reader.diagnostics.warn("FileBind", bind.path, "this looks like a file, and would be made as a directory", {
      hint: "add `type: file`, or `type: directory` if it is one",
    });
  }
  if (declared === "file" && isOftenReplaced(source)) {
    reader.diagnostics.warn("FileBind", bind.path, "a bind of a file keeps showing the old one once it is replaced", {
      hint: "programs that save by writing a new file and renaming it leave the container with a stale inode: bind the directory",
    });
  }
}

const settings = /\.(json|ya?ml|toml|conf|cfg|ini|env|pem|crt|key|token|properties|xml)$/;

function looksLikeFile(path: string): boolean {
  return (
    settings.test(path) ||
    /\.(sock|sh|sql|log|txt)$|^\/etc\/(localtime|timezone|hosts|passwd|group|resolv\.conf)$/.test(path)
  );
}

/** Settings, credentials, tokens: programs write them anew. Not sockets, not what the system owns. */
function isOftenReplaced(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return settings.test(name) || /credential|token|secret|password|^\.env/.test(name);
}
