/** What the app must know of the connection that a request came over. */
export interface Connection {
  /** Whoever reaches a `unix` socket may open its file: there the Host header means nothing. */
  readonly kind: "unix" | "tcp";
  /** The address that a TCP listener was told to listen on: a name that it may be asked by. */
  readonly host?: string;
  /** Aborts when the server closes: streams end then. */
  readonly closing?: AbortSignal;
  /** Ends the connection at once, whatever is still unsent. */
  readonly cut?: () => void;
}
