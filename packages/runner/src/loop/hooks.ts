import type { InstancePlan } from "@fleet/core";

/** What an embedder has to say about what happens to its containers. What these throw counts as no answer. */
export interface LoopHooks {
  /**
   * Asked before a container that runs is restarted, replaced or removed. False defers that, and it is asked again within
   * seconds.
   */
  readonly beforeDisruption?: (instance: string, plan: InstancePlan) => boolean | Promise<boolean>;
  /** Another container stands for the instance than before: what pointed to the old one is to be followed no more. */
  readonly afterReplace?: (instance: string, ids: { readonly old: string; readonly new: string }) => unknown;
}
