/** What went wrong, as the exit code tells it. */
export const EXIT = Object.freeze({
  failed: 1,
  usage: 2,
  /** The Debian suite that this version comes from no longer offers it, or what it offers does not run here. */
  notOffered: 3,
  /** This machine cannot run an engine at all: not root, not Debian, no namespaces. */
  cannotRun: 4,
});

/** An expected failure: its message is for a person, no stack trace needed. */
export class EngineFailure extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = EXIT.failed) {
    super(message);
    this.name = "EngineFailure";
    this.exitCode = exitCode;
  }
}
