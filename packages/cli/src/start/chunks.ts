/** One part of the command's code, as the build writes it: a CommonJS module. */
export type Chunk = (exports: object, require: (path: string) => unknown, module: { exports: object }) => void;

/** The parts of the command, each run when it is first required. */
export class Chunks {
  readonly #sources: readonly (() => Readonly<Record<string, Chunk>>)[];
  readonly #known = new Map<string, Chunk>();
  readonly #modules = new Map<string, { exports: object }>();
  readonly #require: (path: string) => unknown;
  #opened = 0;

  /** `sources` are opened in turn until one has what is looked for; `require` loads what is no part of the command. */
  constructor(sources: readonly (() => Readonly<Record<string, Chunk>>)[], require: (path: string) => unknown) {
    this.#sources = sources;
    this.#require = require;
  }

  run(name: string): object {
    const loaded = this.#modules.get(name);
    if (loaded !== undefined) return loaded.exports;
    const module = { exports: {} };
    this.#modules.set(name, module);
    this.#find(name)(
      module.exports,
      (path) => (path.startsWith("./") ? this.run(path.slice(2)) : this.#require(path)),
      module,
    );
    return module.exports;
  }

  #find(name: string): Chunk {
    for (;;) {
      const chunk = this.#known.get(name);
      if (chunk !== undefined) return chunk;
      const open = this.#sources[this.#opened++];
      if (open === undefined) throw new Error(`the fleet command lacks its part ${name}: install it anew`);
      for (const [key, found] of Object.entries(open())) this.#known.set(key, found);
    }
  }
}
