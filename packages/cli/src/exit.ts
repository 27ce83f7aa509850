/** What the fleet command's exit codes mean. The one list: help, documentation and commands all read it. */
export const exit = {
  done: 0,
  error: 1,
  changes: 2,
  blocked: 3,
  partial: 4,
  stale: 6,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

export const exitMeanings: readonly (readonly [ExitCode, string])[] = [
  [exit.done, "done, or in sync"],
  [exit.error, "error: wrong usage, an invalid file, no engine, nothing worked, or the question was answered with no"],
  [exit.changes, "changes are pending (with --detailed-exitcode)"],
  [exit.blocked, "something is blocked (with --detailed-exitcode)"],
  [exit.partial, "partial success: some instances failed or are blocked, the others are fine"],
  [exit.stale, "the plan named by --basis no longer holds; nothing was done"],
  [exit.interrupted, "interrupted by Ctrl-C (SIGINT)"],
  [exit.terminated, "ended by SIGTERM"],
];
