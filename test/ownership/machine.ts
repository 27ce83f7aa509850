import { execFileSync } from "node:child_process";
import { onTestFinished, type TestContext } from "vitest";

/** Mounts for the length of a test; skips it where the machine does not permit that. The last word is the mount point. */
export function mount(context: TestContext, ...words: readonly string[]): void {
  orSkip(context, "mount", words);
  onTestFinished(() => {
    execFileSync("umount", ["-l", words.at(-1) ?? ""]);
  });
}

/** Not even root may change what is at `path`, as on a filesystem that is exported with root_squash. */
export function makeImmutable(context: TestContext, path: string): void {
  orSkip(context, "chattr", ["+i", path]);
  onTestFinished(() => {
    execFileSync("chattr", ["-i", path]);
  });
}

function orSkip(context: TestContext, program: string, words: readonly string[]): void {
  try {
    execFileSync(program, words, { stdio: "pipe" });
  } catch (error) {
    context.skip(`this machine does not permit it: ${error instanceof Error ? error.message : String(error)}`);
  }
}
