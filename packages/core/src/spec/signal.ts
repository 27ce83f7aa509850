import { decimal, type Kind, right, wrong } from "./kind.ts";
import { didYouMean } from "./suggest.ts";

/** Linux, in order of their numbers from 1. */
const names = (
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU " +
  "XFSZ VTALRM PROF WINCH IO PWR SYS"
).split(" ");

const realtime = /^RT(MIN(\+([1-9]|1[0-5]))?|MAX(-([1-9]|1[0-4]))?)$/;

/** A signal by name or number, as `SIGTERM`. */
export const signal: Kind<string> = {
  expected: "a signal such as `SIGTERM`",
  read: (value) => {
    const number = decimal(value);
    const name = number === undefined ? String(value).toUpperCase().replace(/^SIG/, "") : (names[number - 1] ?? "");
    if (names.includes(name) || realtime.test(name)) return right(`SIG${name}`);
    const hint = didYouMean(name, names);
    return wrong(hint?.replace("`", "`SIG"));
  },
};
