/** What a spec may refer to outside of itself, passed in so that the same inputs always give the same fleet. */
export interface ResolveInputs {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute: what `~` stands for. */
  readonly home: string;
  /** Absolute: what relative paths start from, which is the fleet file's directory. */
  readonly baseDir: string;
  /** The text of a file by absolute path; throws when it cannot be read. */
  readFile(path: string): string;
  /** An embedder's secrets by name, asked before `env`. */
  secret?(name: string): string | undefined;
  /**
   * Only who is in the fleet is wanted: a field that needs a variable, secret or file that is not there is left out, and
   * nothing is said of it. What has such holes must not be planned or applied.
   */
  readonly outline?: boolean;
}
