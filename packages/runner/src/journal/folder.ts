import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Makes the folder, and what is missing above it, for its owner alone; it is there after a crash too. */
export async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  const top = dirname(resolve(made));
  let holder = dirname(resolve(folder));
  await syncFolder(holder);
  while (holder !== top) {
    holder = dirname(holder);
    await syncFolder(holder);
  }
}

/** Puts on disk which files the folder has. */
export async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
