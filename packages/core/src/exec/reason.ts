/** Why a command in a container did not do what it was to do. */
export type ExecReason =
  /** There is no such container. */
  | "ContainerMissing"
  /** The container does not run. */
  | "ContainerStopped"
  /** The container is paused. */
  | "ContainerPaused"
  /** The container is between two restarts. */
  | "ContainerRestarting"
  /** The container itself is there, and runs; the directory is not in it. */
  | "WorkingDirMissing"
  /** The program, or what interprets it, is not in the container. */
  | "BinaryMissing"
  /** The container knows no such user or group. */
  | "UserMissing"
  /** It was killed, as it is when its container ends; it may have done a part. */
  | "KilledWithContainer"
  /** The engine did not answer, or went away under the command, which may have done a part. */
  | "EngineGone"
  /** The engine, or the docker CLI, would not: the command did not run. */
  | "Refused"
  /** The docker CLI was ended by a signal; the command may run on. */
  | "ClientKilled"
  /** It ran, and its exit code is its own. */
  | "CommandFailed"
  /** Exit code 0. */
  | "Succeeded"
  /** What became of it is not known. */
  | "Unknown";

/** What it means, for a person, and what to do about it. `named` is the path, binary, user or container that the answer names. */
export function describe(reason: ExecReason, named: string): { readonly message: string; readonly hint?: string } {
  const it = named === "" ? "" : ` ${named}`;
  switch (reason) {
    case "ContainerMissing":
      return {
        message: `There is no container${it}: the command did not run.`,
        hint: "Look who removed it before it is made again: docker events, and fleet's journal.",
      };
    case "ContainerStopped":
      return { message: `The container${it} does not run: the command did not either.`, hint: "Start it." };
    case "ContainerPaused":
      return { message: `The container${it} is paused: the command did not run.`, hint: "Unpause it." };
    case "ContainerRestarting":
      return {
        message: `The container${it} is between two restarts: the command did not run.`,
        hint: "Its main program ends again and again: docker logs says why.",
      };
    case "WorkingDirMissing":
      return {
        message: `The working directory${it} is not there, or is no directory, in a container that runs: the command did not run.`,
        hint: "Make the directory, or mend the mount that brings it. The container is not missing: replacing it mends nothing.",
      };
    case "BinaryMissing":
      return {
        message: `The program${it}, or what interprets it, is not in the container: the command did not run.`,
        hint: "Check the command, PATH and the image.",
      };
    case "UserMissing":
      return {
        message: `The container knows no user or group${it}: the command did not run.`,
        hint: "Use numbers, or add it to /etc/passwd and /etc/group of the image.",
      };
    case "KilledWithContainer":
      return {
        message:
          "The command was killed, as when its container stops, restarts or is removed; it may have done a part.",
        hint: "Look at the container. If it ran all the while, something else killed the command: lack of memory, or a person.",
      };
    case "EngineGone":
      return {
        message: "The engine did not answer, or went away under the command, which may have done a part.",
        hint: "See that the engine runs, and look at the container then.",
      };
    case "Refused":
      return { message: "The command was not accepted, and did not run." };
    case "ClientKilled":
      return {
        message: "The docker CLI was ended by a signal; the command may run on in the container.",
        hint: "An exec does not end with its client: end the process in the container.",
      };
    case "CommandFailed":
      return { message: "The command ran and failed by itself." };
    case "Succeeded":
      return { message: "The command succeeded." };
    case "Unknown":
      return { message: "What became of the command is not known.", hint: "Look at the container." };
  }
}
