import { execFileSync } from "node:child_process";
import { onTestFinished, type TestContext } from "vitest";

/** Mounts for the length of a test; skips it where the machine does not permit that. The last word is the mount point. */
export function mount(context: TestContext, ...words: readonly string[]): void {
  orSkip(context, "mount", words);
  onTestFinished(() => {
    execFileSync("umount", ["-l", words.at(-1) ?? ""]);
  });
}

/** Mounts FUSE there whose program has ended: whatever is asked there is answered with ENOTCONN. */
export function mountDead(context: TestContext, path: string): void {
  const options = "fd=3,rootmode=40000,user_id=0,group_id=0,allow_other";
  const script = `exec 3<>/dev/fuse && mount -i -t fuse -o ${options} fleet-test "$1"`;
  orSkip(context, "bash", ["-c", script, "bash", path]);
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
