import { lstatSync } from "node:fs";

/** `1000:1000 0755` */
export function ownerOf(path: string): string {
  const { uid, gid, mode } = lstatSync(path);
  return `${uid}:${gid} ${(mode & 0o7777).toString(8).padStart(4, "0")}`;
}
