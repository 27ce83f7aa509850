import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Files that the folder keeps: about a megabyte each, one for each command of each build on each Node. */
const kept = 16;

/** What V8 made of our code in earlier runs, in a folder of one user. Whatever goes wrong with it only costs time. */
export class CodeCache {
  readonly #folder: string;
  readonly #uid: number;

  /** `folder` need not be there. Nothing is read that another user than `uid` may have written: it is run unseen. */
  constructor(folder: string, uid: number) {
    this.#folder = folder;
    this.#uid = uid;
  }

  /** Undefined when there is none to be trusted. */
  read(name: string): Buffer | undefined {
    try {
      const file = openSync(join(this.#folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        const { uid, mode } = fstatSync(file);
        return uid === this.#uid && (mode & 0o022) === 0 ? readFileSync(file) : undefined;
      } finally {
        closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /** Removes the oldest of too many. */
  write(name: string, data: Uint8Array): void {
    try {
      // Under sudo the home may be another user's, whom a folder of root's would be in the way of.
      if (statSync(nearest(this.#folder)).uid !== this.#uid) return;
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      this.#replace(join(this.#folder, name), data);
      this.#prune();
    } catch {
      // There will be another run.
    }
  }

  /** A reader finds the old file or the new one. */
  #replace(path: string, data: Uint8Array): void {
    const draft = `${path}.${process.pid}`;
    try {
      writeFileSync(draft, data, { mode: 0o600, flag: "wx" });
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #prune(): void {
    const files = readdirSync(this.#folder).map((name) => {
      const path = join(this.#folder, name);
      return { path, at: statSync(path).mtimeMs };
    });
    for (const { path } of files.sort((a, b) => b.at - a.at).slice(kept)) rmSync(path, { force: true });
  }
}

/** The folder itself, or what above it is there. */
function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
