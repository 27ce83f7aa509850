import type { Healthcheck } from "../spec/config.ts";

/** An image that the engine holds, and what it gives to containers that do not say otherwise. */
export interface ImageObservation {
  /** `sha256:` and 64 hex digits. */
  readonly id: string;
  /** Sorted. */
  readonly tags: readonly string[];
  /** `NAME@sha256:…`, as registries know it. */
  readonly digests: readonly string[];
  readonly defaults: ImageDefaults;
}

/** What an image gives to a container that does not declare it. */
export interface ImageDefaults {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingDir?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck?: Healthcheck;
  readonly stopSignal?: string;
  /** Targets that get an anonymous volume. Sorted. */
  readonly volumes: readonly string[];
}
