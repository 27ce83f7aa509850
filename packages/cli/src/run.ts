import { readCommandLine } from "./command-line.ts";
import { type ExitCode, exit } from "./exit.ts";
import { Interrupted } from "./interrupts.ts";
import type { OutputOptions } from "./options.ts";
import { createOutput } from "./output.ts";
import type { Program } from "./program.ts";
import { wantsColor } from "./terminal/color.ts";

/** Runs one command line to its exit code. Never rejects. */
export async function runCli(program: Program): Promise<ExitCode> {
  // Until the options are read, only a glance says how an error is to be told.
  let output = createOutput(program, glance(program.argv));
  try {
    const style = {
      width: Math.min(program.stdout.columns || 100, 120),
      color: wantsColor(program, program.stdout, output.color),
    };
    const request = readCommandLine(program.argv, program.version, style);
    if (request.kind === "show") {
      (request.asked ? program.stdout : program.stderr).write(request.text);
      return request.asked ? exit.done : exit.error;
    }
    output = createOutput(program, request.options, { lines: request.command.lines === true });
    const run = await request.command.load();
    return await run(program, output, request.options);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    const { reportFailure } = await import("./failure.ts");
    return reportFailure(error, program, output);
  }
}

function glance(argv: readonly string[]): OutputOptions {
  const json = argv.some(
    (argument, index) =>
      /^(-o|--output=)json$/.test(argument) || (/^(-o|--output)$/.test(argument) && argv[index + 1] === "json"),
  );
  return { output: json ? "json" : "human", color: !argv.includes("--no-color") };
}
