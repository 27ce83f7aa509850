import { type Diagnostic, FleetError, isFleetError, type ResolvedFleet } from "@fleet/core";
import type { Loop } from "@fleet/runner";
import { checkFleet } from "../check-fleet.ts";
import { readFleetFile } from "../fleet-file.ts";
import type { Program } from "../program.ts";
import type { Logger } from "./logger.ts";

export interface FleetReloadOptions {
  readonly program: Program;
  /** As given. */
  readonly file: string;
  readonly log: Pick<Logger, "warn">;
}

/** What follows the fleet file. */
export interface Follower {
  /** The fleet's name, which stays. */
  readonly fleet: string;
  readonly loop: Pick<Loop, "desire" | "refuse">;
}

/** Reads the fleet file anew, with everything that it refers to, and hands it to the loop. */
export class FleetReload {
  readonly #options: FleetReloadOptions;
  #follower: Follower | undefined;
  #asked = false;
  #last: Promise<void> = Promise.resolve();

  constructor(options: FleetReloadOptions) {
    this.#options = options;
  }

  /** From now on; what was asked for before is done now. */
  follow(follower: Follower): void {
    this.#follower = follower;
    if (this.#asked) void this.reload();
  }

  /** One after the other, so that what was read last is followed. Never rejects. */
  reload(): Promise<void> {
    this.#asked = true;
    const follower = this.#follower;
    if (follower !== undefined) this.#last = this.#last.then(() => this.#reload(follower));
    return this.#last;
  }

  async #reload({ fleet, loop }: Follower): Promise<void> {
    try {
      loop.desire(await this.#read(fleet));
    } catch (error) {
      loop.refuse(isFleetError(error) ? error.message : String(error));
    }
  }

  async #read(fleet: string): Promise<ResolvedFleet> {
    const { program, file, log } = this.#options;
    const loaded = checkFleet(program, await readFleetFile(program, file));
    const { diagnostics } = loaded;
    if (!loaded.ok) {
      const first = diagnostics.find(({ severity }) => severity === "error");
      throw new FleetError("SpecInvalid", first === undefined ? `${file} does not hold` : sentence(first));
    }
    if (loaded.fleet.name !== fleet) {
      throw new FleetError(
        "SpecInvalid",
        `${file} is of fleet ${loaded.fleet.name} now, and this keeps ${fleet}: start fleet run anew`,
      );
    }
    for (const warning of diagnostics) log.warn({ place: place(warning) }, warning.message);
    return loaded.fleet;
  }
}

function sentence(diagnostic: Diagnostic): string {
  return `${place(diagnostic)}: ${diagnostic.message}`;
}

/** `fleet.yaml:12:7`. */
function place({ file, line, column }: Diagnostic): string {
  return [file ?? "the fleet file", line, column].filter((part) => part !== undefined).join(":");
}
