import type { ImageDefaults, ImageObservation } from "../observe/image.ts";
import { happenTo } from "./memory-happen.ts";
import { Refusal } from "./memory-refusal.ts";
import { digest, type MemoryState } from "./memory-state.ts";

const emptyDefaults: ImageDefaults = { env: {}, labels: {}, volumes: [] };

/** Without `docker.io/library/`, with `:latest` where there is neither tag nor digest. */
export function normalRef(ref: string): string {
  const short = ref.replace(/^docker\.io\//, "").replace(/^library\//, "");
  const name = short.slice(short.lastIndexOf("/") + 1);
  return /[:@]/.test(name) ? short : `${short}:latest`;
}

/** By tag, digest, id, or an unambiguous beginning of the id. */
export function findImage(state: MemoryState, ref: string): ImageObservation | null {
  const normal = normalRef(ref);
  const all = Object.values(state.images);
  const named = all.find((image) => image.tags.includes(normal) || image.digests.includes(normal));
  if (named !== undefined) return named;
  const hex = ref.replace(/^sha256:/, "");
  const begins = /^[0-9a-f]{6,64}$/.test(hex) ? all.filter((image) => image.id.startsWith(`sha256:${hex}`)) : [];
  return begins.length === 1 && begins[0] !== undefined ? begins[0] : null;
}

/** `docker tag`, or what a build does at its end. Another image that had the tag loses it without a word. */
export function tagImage(
  state: MemoryState,
  ref: string,
  id: string,
  now: number,
  defaults: Partial<ImageDefaults> = {},
): ImageObservation {
  const image = putImage(state, ref, id, defaults);
  happenTo(state, "image", "tag", { id, name: normalRef(ref) }, now);
  return image;
}

function putImage(state: MemoryState, ref: string, id: string, defaults: Partial<ImageDefaults>): ImageObservation {
  const normal = normalRef(ref);
  for (const image of Object.values(state.images)) {
    if (image.id === id || !image.tags.includes(normal)) continue;
    state.images[image.id] = { ...image, tags: image.tags.filter((tag) => tag !== normal) };
  }
  const base = state.images[id] ?? { id, tags: [], digests: [], defaults: { ...emptyDefaults, ...defaults } };
  const byDigest = normal.includes("@");
  const tagged: ImageObservation = {
    ...base,
    tags: byDigest ? base.tags : [...new Set([...base.tags, normal])].sort(),
    digests: byDigest ? [...new Set([...base.digests, normal])].sort() : base.digests,
  };
  state.images[id] = tagged;
  return tagged;
}

/** The image behind a reference; with `anyImage` one that was never heard of exists, the same one each time. */
export function imageOf(state: MemoryState, ref: string, anyImage: boolean): ImageObservation | null {
  const found = findImage(state, ref);
  if (found !== null || !anyImage || /^(sha256:)?[0-9a-f]{64}$/.test(ref)) return found;
  const normal = normalRef(ref);
  const id = `sha256:${digest(normal)}`;
  const named = normal.includes("@") ? { tags: [], digests: [normal] } : { tags: [normal], digests: [] };
  return { id, ...named, defaults: { ...emptyDefaults, command: ["sleep", "infinity"] } };
}

export function pull(state: MemoryState, ref: string, anyImage: boolean, now: number): void {
  const normal = normalRef(ref);
  const remote = state.registry[normal];
  const image = anyImage ? imageOf(state, ref, true) : null;
  if (remote !== undefined) putImage(state, ref, remote.id, remote.defaults);
  else if (image !== null) state.images[image.id] = image;
  else throw new Refusal(404, `manifest for ${normal} not found: manifest unknown`);
  happenTo(state, "image", "pull", { id: normal, name: normal }, now);
}

export function removeImage(state: MemoryState, { id, tags }: ImageObservation, now: number): void {
  delete state.images[id];
  // An engine does not say which tag went.
  for (const _tag of tags) happenTo(state, "image", "untag", { id, name: "" }, now);
  happenTo(state, "image", "delete", { id, name: "" }, now);
}
