/** A file that is written no more. */
export interface ClosedFile {
  readonly path: string;
  readonly bytes: number;
  /** When its last entry was, milliseconds since the epoch. */
  readonly lastAt: number;
}

export interface Retention {
  /** Bytes after which a file is closed. */
  readonly maxBytes: number;
  /** How many closed files are kept. */
  readonly maxFiles: number;
  /** Milliseconds: how old the last entry of a closed file may be. */
  readonly maxAge: number;
}

/** How many of the closed files, oldest first, are to go. Never one after one that stays. */
export function expired(closed: readonly ClosedFile[], now: number, { maxFiles, maxAge }: Retention): number {
  const young = closed.findIndex((file) => file.lastAt >= now - maxAge);
  return Math.max(young === -1 ? closed.length : young, closed.length - maxFiles);
}

/** Whether a new file is due: by size, or so often that a quiet journal gets old by files too. */
export function isFull(
  file: { readonly bytes: number; readonly firstAt: number },
  now: number,
  by: Retention,
): boolean {
  return file.bytes >= by.maxBytes || now - file.firstAt >= by.maxAge / Math.max(1, by.maxFiles);
}
