import { FleetError, type Turn } from "@fleet/core";

interface Waiter {
  readonly grant: (turn: Turn) => void;
  readonly refuse: (error: FleetError) => void;
}

/** Permission to act, for at most `limit` instances at a time, in the order of asking. */
export class Turns {
  #limit: number;
  readonly #waiting: Waiter[] = [];
  #granted = 0;
  #closed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Rejects with `Cancelled` once closed, or when the signal aborts; a turn given before that is taken back. */
  take(signal?: AbortSignal): Promise<Turn> {
    return new Promise((resolve, reject) => {
      if (this.#closed || signal?.aborted) return reject(cancelled());
      let granted: Turn | undefined;
      const grant = (turn: Turn): void => {
        granted = turn;
        resolve(turn);
      };
      const waiter: Waiter = { grant, refuse: reject };
      this.#waiting.push(waiter);
      // Whoever no longer wants a turn that was just given never gets to see it.
      signal?.addEventListener("abort", () => (granted === undefined ? this.#forget(waiter) : granted.release()), {
        once: true,
      });
      this.#grantNext();
    });
  }

  /** From now on so many at a time. Turns that are out run their course. */
  resize(limit: number): void {
    this.#limit = limit;
    this.#grantNext();
  }

  /** No more turns; those that wait are refused. Turns that are out run their course. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiting.splice(0)) waiter.refuse(cancelled());
  }

  #grantNext(): void {
    while (this.#granted < this.#limit) {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) return;
      this.#granted += 1;
      waiter.grant(this.#turn());
    }
  }

  #turn(): Turn {
    let out = true;
    return {
      release: () => {
        if (!out) return;
        out = false;
        this.#granted -= 1;
        this.#grantNext();
      },
    };
  }

  #forget(waiter: Waiter): void {
    const index = this.#waiting.indexOf(waiter);
    if (index === -1) return;
    this.#waiting.splice(index, 1);
    waiter.refuse(cancelled());
  }
}

function cancelled(): FleetError {
  return new FleetError("Cancelled", "no turn was given: the run is ending");
}
