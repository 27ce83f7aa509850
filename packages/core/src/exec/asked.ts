/** What an exec was asked for, as an engine's answers name it. */
export interface ExecAsked {
  /** As it was named to the engine: best the id, which is what most answers give. */
  readonly container?: string;
  readonly command?: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
}

/** Whether what an answer names is what was asked for; undefined when that is not known. */
export type Fits = (named: string, asked: ExecAsked) => boolean | undefined;

export const fitsContainer: Fits = (named, { container }) => {
  if (container === undefined) return undefined;
  const asked = container.replace(/^\//, "");
  if (asked === named) return true;
  if (isId(asked) && isId(named)) return asked.startsWith(named) || named.startsWith(asked);
  // Most answers have the id whatever was asked for, which says nothing about a name.
  return isId(named) ? undefined : false;
};

/** For an answer that repeats what was asked for. */
export const fitsAskedContainer: Fits = (named, asked) =>
  fitsContainer(named, asked) ?? (asked.container === undefined ? undefined : false);

export const fitsWorkingDir: Fits = (named, { workingDir }) =>
  workingDir === undefined ? undefined : withoutSlash(workingDir) === withoutSlash(named);

export const fitsBinary: Fits = (named, { command }) => (command === undefined ? undefined : command[0] === named);

export const fitsUser: Fits = (named, { user }) => (user === undefined ? undefined : user.split(":").includes(named));

function isId(name: string): boolean {
  return /^[0-9a-f]{12,64}$/.test(name);
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}
