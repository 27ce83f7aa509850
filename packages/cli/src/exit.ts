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

const meanings: Readonly<Record<ExitCode, string>> = {
  [exit.done]: "done, or in sync",
  [exit.error]: "an error, wrong usage, nothing worked, or the answer was no",
  [exit.changes]: "changes are pending (with --detailed-exitcode)",
  [exit.blocked]: "something is blocked (with --detailed-exitcode or run --once)",
  [exit.partial]: "partial success: some instances are fine, others failed or are blocked",
  [exit.stale]: "the plan that --basis names no longer holds; nothing was done",
  [exit.interrupted]: "interrupted by Ctrl-C (SIGINT)",
  [exit.terminated]: "ended by SIGTERM",
};

/** Every code, and what it means; in ascending order. */
export const exitMeanings: readonly (readonly [code: string, meaning: string])[] = Object.entries(meanings);
