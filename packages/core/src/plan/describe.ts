import type { Action } from "./action.ts";
import type { Reason } from "./reason.ts";

/** An action as a few words: `create container web.next`, `pull image app:2`. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case "pullImage":
      return `pull image ${action.ref}`;
    case "createVolume":
      return `create volume ${action.volume}`;
    case "createNetwork":
      return `create network ${action.network}`;
    case "makeSource":
      return `make ${action.source.type} ${action.source.path}`;
    case "mendSource":
      return `mend ${action.source.path}`;
    case "createContainer":
      return `create container ${action.name}`;
    case "startContainer":
      return `start ${action.container.name}`;
    case "unpauseContainer":
      return `unpause ${action.container.name}`;
    case "stopContainer":
      return `stop ${action.container.name}`;
    case "renameContainer":
      return `rename ${action.container.name} to ${action.name}`;
    case "updateContainer":
      return `update ${action.container.name}`;
    case "connectNetwork":
      return `connect ${action.container.name} to ${action.network}`;
    case "disconnectNetwork":
      return `disconnect ${action.container.name} from ${action.network}`;
    case "awaitReady":
      return `wait until ${action.container.name} is ready`;
    case "removeContainer":
      return `remove ${action.container.name}`;
  }
}

/** A reason as a person would say it. */
export const reasonTexts: Readonly<Record<Reason, string>> = {
  ContainerMissing: "missing",
  ContainerNeverStarted: "created and never started",
  ContainerExited: "exited",
  ContainerPaused: "paused",
  Wanted: "somebody needs it",
  Idle: "nobody uses it",
  ContainerDead: "dead",
  ContainerUnhealthy: "unhealthy",
  FieldsDiffer: "differs",
  ImageMoved: "image tag moved",
  Adopted: "adopted by name",
  ReplacementUnfinished: "an unfinished replacement",
  Orphaned: "no longer in the spec",
  Destroyed: "as asked",
  ImageMissing: "image missing",
  VolumeMissing: "volume missing",
  NetworkMissing: "network missing",
  SourceMissing: "directory missing",
  OwnershipWrong: "wrong owner",
  StaleMount: "stale mount",
};
