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
      return `start ${nameOf(action.container)}`;
    case "unpauseContainer":
      return `unpause ${nameOf(action.container)}`;
    case "stopContainer":
      return `stop ${nameOf(action.container)}`;
    case "renameContainer":
      return `rename ${nameOf(action.container)} to ${action.name}`;
    case "updateContainer":
      return `update ${nameOf(action.container)}`;
    case "connectNetwork":
      return `connect ${nameOf(action.container)} to ${action.network}`;
    case "disconnectNetwork":
      return `disconnect ${nameOf(action.container)} from ${action.network}`;
    case "awaitReady":
      return `wait until ${nameOf(action.container)} is ready`;
    case "removeContainer":
      return `remove ${nameOf(action.container)}`;
  }
}

function nameOf(container: Extract<Action, { container: unknown }>["container"]): string {
  return container === "successor" ? "the new container" : container.name;
}

/** A reason as a person would say it. */
export const reasonTexts: Readonly<Record<Reason, string>> = {
  ContainerMissing: "missing",
  ContainerNeverStarted: "created and never started",
  ContainerExited: "exited",
  ContainerPaused: "paused",
  ContainerDead: "dead",
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
};
