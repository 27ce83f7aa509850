import type { Ownership, SourceSpec } from "../spec/instance.ts";
import { formatMode } from "../spec/mode.ts";

/*
 * What a person types when fleet may not do it. Text only: nothing here is ever run by fleet.
 */

/** One word for a POSIX shell, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Sets owner and, where declared, mode; below too when `recursive`, without leaving the filesystem. */
export function mendCommand(path: string, ownership: Ownership): string {
  const owner = `${ownership.uid}:${ownership.gid}`;
  const quoted = shellQuote(path);
  // Not `chown -R`: it crosses into other filesystems.
  const chown = ownership.recursive
    ? `sudo find ${quoted} -xdev -exec chown -h ${owner} {} +`
    : `sudo chown -h ${owner} ${quoted}`;
  return ownership.mode === undefined ? chown : `${chown} && sudo chmod ${exactMode(ownership.mode)} ${quoted}`;
}

/** Makes the source, and each directory on the way that is missing below `ancestor`, with the declared owner. */
export function makeCommand(source: SourceSpec, ancestor: string): string {
  const { ownership, path } = source;
  const rest = path
    .slice(ancestor.length)
    .split("/")
    .filter((name) => name !== "");
  const paths = rest.map((_, index) => `${ancestor === "/" ? "" : ancestor}/${rest.slice(0, index + 1).join("/")}`);
  const owner = ownership === undefined ? "" : ` -o ${ownership.uid} -g ${ownership.gid}`;
  const install = (mode: number, ...words: readonly string[]) =>
    `sudo install${owner} -m ${exactMode(mode)} ${words.join(" ")}`;
  const onTheWay = source.type === "file" ? paths.slice(0, -1) : paths;
  const commands: string[] = [];
  if (onTheWay.length > 0) commands.push(install(0o755, "-d", ...onTheWay.map(shellQuote)));
  if (source.type === "file") commands.push(install(madeMode(source), "/dev/null", shellQuote(path)));
  else if (madeMode(source) !== 0o755) commands.push(`sudo chmod ${exactMode(madeMode(source))} ${shellQuote(path)}`);
  const nested = source.nested.flatMap((below) => {
    const names = below.split("/");
    return names.map((_, index) => `${path}/${names.slice(0, index + 1).join("/")}`);
  });
  if (nested.length > 0) commands.push(install(0o755, "-d", ...[...new Set(nested)].map(shellQuote)));
  return commands.join(" && ");
}

/** Permission bits of a source that is made: those declared, else 0755 for a directory and 0644 for a file. */
export function madeMode(source: SourceSpec): number {
  return source.ownership?.mode ?? (source.type === "directory" ? 0o755 : 0o644);
}

/** The directory that holds a path, by its text. */
export function holderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Five digits, since with four GNU's chmod leaves the setuid and setgid bits of a directory as they are. */
function exactMode(mode: number): string {
  return `0${formatMode(mode)}`;
}
