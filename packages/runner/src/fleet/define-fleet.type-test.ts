/** What compiles and what does not: checked by the compiler alone, and run by nobody. */
import type { EventReason, FleetSpec } from "@fleet/core";
import type { RefusalReason } from "../lease/admit.ts";
import type { Acquired } from "../loop/uses.ts";
import { defineFleet } from "./define-fleet.ts";

const head = { apiVersion: "fleet/v1", kind: "Fleet", metadata: { name: "agents" } } as const;

// What an embedder writes.
export const right: FleetSpec = defineFleet({
  ...head,
  spec: {
    naming: "agents-{name}",
    policy: { orphans: "remove", whenBusy: "defer", drainTimeout: "1m", heal: { staleMount: "restart" } },
    templates: {
      agent: {
        image: { ref: "agents:dev", pull: "never", track: "id" },
        restart: "on-failure:3",
        lifecycle: { kind: "lazy", idleStop: "5m" },
        env: { TOKEN: { secret: "TOKEN" }, DEBUG: false },
        mounts: [
          { volume: "agents-{name}", target: "/state" },
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the spec
          { bind: "/srv/{type}", target: "/work", ownership: { uid: 1000, gid: 1000, repair: "${REPAIR:-auto}" } },
        ],
      },
    },
    instances: [{ name: "dev", template: "agent", vars: { type: "dev" }, lifecycle: "{type}", dependsOn: ["boss"] }],
  },
});

// @ts-expect-error: it has instances
defineFleet({ ...head, spec: {} });
// @ts-expect-error: another version
defineFleet({ ...head, apiVersion: "fleet/v2", spec: { instances: [] } });
// @ts-expect-error: a misspelt field of the fleet
defineFleet({ ...head, spec: { instances: [], template: {} } });
// @ts-expect-error: a misspelt field of an instance
defineFleet({ ...head, spec: { instances: [{ name: "a", imgae: "agents:dev" }] } });
// @ts-expect-error: an instance has a name
defineFleet({ ...head, spec: { instances: [{ image: "agents:dev" }] } });
// @ts-expect-error: a misspelt word of the policy
defineFleet({ ...head, spec: { policy: { orphans: "delete" }, instances: [] } });
// @ts-expect-error: what heals a paused one is not a restart
defineFleet({ ...head, spec: { policy: { heal: { paused: "restart" } }, instances: [] } });
// @ts-expect-error: a misspelt lifecycle
defineFleet({ ...head, spec: { instances: [{ name: "a", lifecycle: "lasy" }] } });
// @ts-expect-error: a misspelt field of a lifecycle
defineFleet({ ...head, spec: { instances: [{ name: "a", lifecycle: { kind: "lazy", idle: 300 } }] } });
// @ts-expect-error: a misspelt restart policy
defineFleet({ ...head, spec: { instances: [{ name: "a", restart: "unless-stoped" }] } });
// @ts-expect-error: a number of retries is a number
defineFleet({ ...head, spec: { instances: [{ name: "a", restart: "on-failure:often" }] } });
// @ts-expect-error: a misspelt field of a mount
defineFleet({ ...head, spec: { instances: [{ name: "a", mounts: [{ volume: "v", target: "/v", readonly: true }] }] } });
// @ts-expect-error: owners are numbers
defineFleet({ ...head, spec: { instances: [{ name: "a", mounts: [{ bind: "/a", target: "/a", ownership: {} }] }] } });
// @ts-expect-error: a secret is named
defineFleet({ ...head, spec: { instances: [{ name: "a", env: { TOKEN: { secret: 1 } } }] } });

/** Every reason why there is no lease: a new one is an error here. */
export function isWorthWaiting(reason: RefusalReason): boolean {
  switch (reason) {
    case "EngineUnreachable":
    case "ContainerMissing":
    case "ContainerStopped":
    case "Paused":
    case "Restarting":
    case "NotReady":
      return true;
    case "WorkingDirMissing":
    case "MountNotWritable":
    case "ImageMissing":
    case "Suspended":
    case "Stalled":
    case "Draining":
      return false;
  }
}

/** A lease comes with its container, and a refusal without. */
export function containerOf(acquired: Acquired): string {
  // @ts-expect-error: whether there is a lease must be asked first
  if (acquired.lease === undefined) return "";
  return acquired.ok ? acquired.lease.container.id : acquired.reason;
}

/** Every reason of an event: a new one is an error here. */
export function concerns(reason: EventReason): "container" | "lease" | "loop" {
  switch (reason) {
    case "ActionStarted":
    case "ActionDone":
    case "ActionFailed":
    case "Settled":
    case "BackingOff":
    case "Stalled":
    case "Retired":
    case "ContainerVanished":
    case "ContainerStoppedOutside":
    case "ContainerExited":
    case "ContainerRestarted":
    case "ContainerPaused":
    case "ContainerDead":
    case "OutOfMemory":
    case "Unhealthy":
    case "StaleMount":
    case "Drifted":
    case "Withheld":
    case "Suspended":
    case "Resumed":
      return "container";
    case "LeaseExpired":
      return "lease";
    case "Held":
    case "Confirmed":
    case "EngineUnreachable":
    case "EngineReachable":
    case "EngineChanged":
    case "SpecChanged":
    case "SpecInvalid":
    case "LoopStarted":
    case "LoopStopped":
      return "loop";
  }
}
