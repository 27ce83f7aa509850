import { answerError, type Question } from "./answer.ts";

/** How a pull request names an image: without a tag it would get all of them. */
export function pullQuery(ref: string): { readonly fromImage: string; readonly tag: string } {
  const [named = "", digest] = ref.split("@");
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const fromImage = colon === -1 ? named : named.slice(0, colon);
  return { fromImage, tag: digest ?? (colon === -1 ? "latest" : named.slice(colon + 1)) };
}

interface ProgressJson {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
}

/** Reads the lines of a pull's answer, which says 200 before it knows. */
export class PullProgress {
  readonly #question: Question;
  readonly #onProgress: (line: string) => void;
  readonly #said = new Map<string, string>();
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(question: Question, onProgress: (line: string) => void = () => {}) {
    this.#question = question;
    this.#onProgress = onProgress;
  }

  /** Throws the `FleetError` that the engine reports. */
  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line.trim() === "") return;
    const { id = "", status, error, errorDetail } = JSON.parse(line) as ProgressJson;
    const failure = errorDetail?.message ?? error;
    if (failure !== undefined) throw answerError(this.#question, 200, failure);
    // A layer says the same many times over while its bytes come in.
    if (status === undefined || this.#said.get(id) === status) return;
    this.#said.set(id, status);
    this.#onProgress(id === "" ? status : `${id}: ${status}`);
  }
}
