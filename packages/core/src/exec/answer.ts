import { type Fits, fitsAskedContainer, fitsBinary, fitsContainer, fitsUser, fitsWorkingDir } from "./asked.ts";
import type { ExecReason } from "./reason.ts";

/** Words about a command that did not begin, or that was lost. */
export interface ExecAnswer {
  readonly reason: ExecReason;
  /** The group `named` is the thing that it is about. */
  readonly text: RegExp;
  readonly fits?: Fits;
}

const userMissing: ExecAnswer = {
  reason: "UserMissing",
  text: /unable to find (user|group) (?<named>\S+): no matching entries/,
  fits: fitsUser,
};

/** What the API answers instead of making or starting an exec; the docker CLI shows it, and exits with 1. */
export const refusals: readonly ExecAnswer[] = [
  { reason: "ContainerMissing", text: /no such container: (?<named>\S+)/i, fits: fitsAskedContainer },
  { reason: "ContainerStopped", text: /container (?<named>\S+) is not running/i, fits: fitsContainer },
  { reason: "ContainerPaused", text: /container (?<named>\S+) is paused/i, fits: fitsContainer },
  { reason: "ContainerRestarting", text: /container (?<named>\S+) is restarting/i, fits: fitsContainer },
  // From 28 on before there is an exec, up to 26 in place of its output.
  userMissing,
  // The engine forgets an exec with the run of the container that it was made in.
  { reason: "KilledWithContainer", text: /no such exec instance/i },
];

/**
 * What an engine says in place of the output of a command that it could not begin. With 126 up to 26, and from 28 on 127
 * where something is missing and 128 where the container ended. Runtimes before 1.1 escape the quotes.
 */
export const failures: readonly ExecAnswer[] = [
  {
    reason: "WorkingDirMissing",
    text: /OCI runtime exec failed: .*chdir to cwd \(\\?"(?<named>.*?)\\?"\) set in config\.json failed: (no such file or|not a) directory/,
    fits: fitsWorkingDir,
  },
  {
    reason: "BinaryMissing",
    text: /OCI runtime exec failed: .*exec: \\?"(?<named>.*?)\\?": (executable file not found in \$PATH|(stat .*: )?no such file or directory)/,
    fits: fitsBinary,
  },
  userMissing,
  // The container ended while the command was about to begin.
  {
    reason: "ContainerStopped",
    text: /^container is not running|^ttrpc: closed|^task \S+ not found|container \S+ init process is not running|cannot exec in a (stopped|deleted) (state|container)|OCI runtime exec failed: .*(error executing setns process|init-p: (broken pipe|connection reset by peer)|\/proc\/\d+\/ns\/\w+: no such file or directory)/,
  },
  { reason: "Refused", text: /OCI runtime exec failed: |uids and gids must be in range/ },
];

/** What the docker CLI says about itself, with 1 or 125, and what it passes on that fits nothing else. */
export const clientWords: readonly ExecAnswer[] = [
  { reason: "EngineGone", text: /^(cannot connect to the docker daemon|error during connect)/im },
  { reason: "Refused", text: /^(got )?permission denied while trying to connect/im },
  { reason: "Refused", text: /(see|run) 'docker exec --help'/i },
  { reason: "Refused", text: /^unable to upgrade to tcp, received \d+$/m },
  { reason: "Refused", text: /^Error response from daemon: [^\n]*\n?$/m },
];
