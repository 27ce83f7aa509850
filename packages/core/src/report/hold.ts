/** Why nothing is done although something differs. */
export interface Hold {
  /**
   * `Suspended` a person said hands off · `StopGrace` somebody stopped it, and may want it so for a moment · `Breaker`
   * too much went missing at once, or the spec became empty · `Busy` there is work inside · `EngineChanged` another engine answers.
   */
  readonly kind: "Suspended" | "StopGrace" | "Busy" | "Breaker" | "EngineChanged";
  readonly message: string;
  /** Id of the container that there is work inside: what is done to another of the instance is not held up. */
  readonly container?: string;
  /** What a person can do about it. */
  readonly hint?: string;
  /** Milliseconds since the epoch; absent while it lasts until somebody ends it. */
  readonly until?: number;
}
