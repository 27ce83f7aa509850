import type { ContainerConfig, LiveUpdate } from "../spec/config.ts";
import type { Ownership, SourceSpec } from "../spec/instance.ts";
import type { Reason } from "./reason.ts";

/** One engine or host call, as data. */
export type Action = ActionStep & {
  readonly reason: Reason;
  /** Field paths behind it, sorted; empty when the reason says it all. */
  readonly causes: readonly string[];
};

/** Which container an action is about. */
export interface ContainerHandle {
  /** Null for the one that an earlier action of the same plan creates. */
  readonly id: string | null;
  /** The name it has by then. */
  readonly name: string;
}

/** What a call does, and what it needs to be told. */
export type ActionStep =
  | { readonly kind: "pullImage"; readonly ref: string }
  | { readonly kind: "createVolume"; readonly volume: string }
  | { readonly kind: "createNetwork"; readonly network: string }
  | { readonly kind: "makeSource"; readonly source: SourceSpec }
  | { readonly kind: "mendSource"; readonly source: SourceSpec; readonly ownership: Ownership }
  | { readonly kind: "createContainer"; readonly name: string; readonly config: ContainerConfig }
  | { readonly kind: "startContainer"; readonly container: ContainerHandle }
  | { readonly kind: "unpauseContainer"; readonly container: ContainerHandle }
  | { readonly kind: "stopContainer"; readonly container: ContainerHandle }
  | { readonly kind: "renameContainer"; readonly container: ContainerHandle; readonly name: string }
  | { readonly kind: "updateContainer"; readonly container: ContainerHandle; readonly update: LiveUpdate }
  | {
      readonly kind: "connectNetwork";
      readonly container: ContainerHandle;
      readonly network: string;
      readonly aliases: readonly string[];
    }
  | { readonly kind: "disconnectNetwork"; readonly container: ContainerHandle; readonly network: string }
  /** Not a call that changes anything: waits until the container is ready (running, and healthy where it has a check). */
  | { readonly kind: "awaitReady"; readonly container: ContainerHandle }
  | { readonly kind: "removeContainer"; readonly container: ContainerHandle; readonly force: boolean };
