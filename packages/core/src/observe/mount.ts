/** What tells a file or directory from every other for as long as something holds it. */
export interface Inode {
  readonly device: number;
  readonly inode: number;
}

/** A bind mount of a running container that shows something else than what its source path leads to now. */
export interface StaleMount {
  /** What the container still has there; null where no more is known than that it was removed. */
  readonly mounted: Inode | null;
  /** What the container has there was removed: what is written to it is lost once the container stops. */
  readonly removed: boolean;
  /** What the container would get if it were started now. */
  readonly source: Inode;
}
