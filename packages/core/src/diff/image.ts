import type { ContainerObservation } from "../observe/container.ts";
import type { ImageObservation } from "../observe/image.ts";
import type { ImagePolicy } from "../spec/instance.ts";
import type { Drift } from "./drift.ts";

/**
 * Whether the container runs another image than the spec names. Content counts, not the text: `app:1` and `app:latest`
 * that are one image are the same. With `track: ref` only the text counts. While the engine does not hold the named
 * image, a container that was made from that name is left alone: there is nothing to compare with.
 */
export function diffImage(
  policy: ImagePolicy,
  observed: ContainerObservation,
  image: ImageObservation | undefined,
): Drift[] {
  const sameText = fullReference(policy.ref) === fullReference(observed.config.image);
  const sameContent = image?.id === observed.imageId;
  if (policy.track === "ref" || image === undefined ? sameText : sameContent) return [];
  return [
    {
      path: "image",
      desired: describe(policy.ref, image?.id, sameText),
      observed: describe(observed.config.image, observed.imageId, sameText),
      cause: sameText ? "tagMoved" : "changed",
      remedy: "replace",
    },
  ];
}

/** `app` and `app:latest` are one name. */
function fullReference(ref: string): string {
  const lastPart = ref.slice(ref.lastIndexOf("/") + 1);
  return /[:@]/.test(lastPart) || /^sha256:/.test(ref) ? ref : `${ref}:latest`;
}

function describe(ref: string, id: string | undefined, sameText: boolean): string {
  const short = id === undefined ? "not on the engine" : `${id.slice(0, "sha256:".length + 12)}…`;
  return sameText || ref === id ? short : `${ref} (${short})`;
}
