import { answerError, type Question } from "./answer.ts";

/** What an engine would answer instead of doing it, in its own words: an HTTP status and a text. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** The error that the Docker adapter makes of the same answer. What is no refusal stays as it is. */
export function toFleetError(question: Question, error: unknown): unknown {
  return error instanceof Refusal ? answerError(question, error.status, error.message) : error;
}
