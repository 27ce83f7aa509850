import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { FleetError } from "./errors.ts";

const schema = "fleet.memory/v1";

interface Content {
  readonly schema: typeof schema;
  readonly engine?: unknown;
  readonly host?: unknown;
}

/**
 * One half of the file that a memory engine and its memory host share between processes: JSON, replaced atomically,
 * readable by its owner alone, since it holds environments as an engine does.
 */
export class MemoryFile<T> {
  readonly path: string;
  readonly #half: "engine" | "host";
  #seen = "";

  constructor(path: string, half: "engine" | "host") {
    this.path = path;
    this.#half = half;
  }

  /** What another process or the other half's owner wrote since the last look; undefined when nothing is new. */
  readNew(): T | undefined {
    const version = this.#version();
    if (version === this.#seen) return undefined;
    this.#seen = version;
    return this.#read()[this.#half] as T | undefined;
  }

  write(value: T): void {
    const content = { ...this.#read(), [this.#half]: value };
    const draft = `${this.path}.${process.pid}.tmp`;
    try {
      writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
      renameSync(draft, this.path);
    } catch (cause) {
      throw new FleetError("Invalid", `${this.path}: cannot be written: ${String(cause)}`, { cause });
    }
    this.#seen = this.#version();
  }

  #version(): string {
    const found = statSync(this.path, { throwIfNoEntry: false });
    return found === undefined ? "" : `${found.ino} ${found.mtimeMs} ${found.size}`;
  }

  #read(): Content {
    if (this.#version() === "") return { schema };
    let content: Content;
    try {
      content = JSON.parse(readFileSync(this.path, "utf8"));
    } catch (cause) {
      throw this.#foreign(cause);
    }
    if (content?.schema !== schema) throw this.#foreign();
    return content;
  }

  #foreign(cause?: unknown): FleetError {
    return new FleetError("Invalid", `${this.path}: expected the state of a memory engine (${schema})`, {
      hint: "Name a path that does not exist yet.",
      cause,
    });
  }
}
