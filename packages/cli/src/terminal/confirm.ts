import { createInterface } from "node:readline/promises";
import { exit } from "../exit.ts";
import { Interrupted } from "../interrupts.ts";
import type { InputStream, OutputStream } from "../program.ts";

/** Asks until the answer is yes or no; an empty one and the end of input are no. Rejects with `Interrupted` on Ctrl-C. */
export async function confirm(question: string, input: InputStream, output: OutputStream): Promise<boolean> {
  const terminal = createInterface({ input, output, terminal: true });
  const ended = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
  const interrupted = new Promise<never>((_resolve, reject) => {
    terminal.once("SIGINT", () => reject(new Interrupted(exit.interrupted)));
  });
  try {
    for (let text = `${question} [y/N] `; ; text = "Please answer y or n. [y/N] ") {
      // Some versions of Node reject when the input ends, others never settle.
      const answer = await Promise.race([terminal.question(text).catch(() => null), ended, interrupted]);
      if (answer === null) output.write("\n");
      if (/^\s*(y|yes)\s*$/i.test(answer ?? "")) return true;
      if (/^\s*(n|no)?\s*$/i.test(answer ?? "")) return false;
    }
  } catch (error) {
    output.write("\n");
    throw error;
  } finally {
    terminal.close();
  }
}
