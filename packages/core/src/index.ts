export type { Drift, DriftCause, Remedy } from "./diff/drift.ts";
export type { CallOptions, Engine, EngineReader } from "./engine/engine.ts";
export { type ErrorCode, FleetError, type FleetErrorOptions, isFleetError } from "./errors.ts";
export type { Host, HostCallOptions, HostReader, MendResult } from "./host/host.ts";
export type { ContainerObservation, ContainerPhase, ContainerState, ContainerSummary } from "./observe/container.ts";
export type { EngineInfo, NetworkObservation, VolumeObservation } from "./observe/engine.ts";
export type { ImageDefaults, ImageObservation } from "./observe/image.ts";
export { labels } from "./observe/labels.ts";
export type { Observation } from "./observe/observation.ts";
export type { SourceObservation } from "./observe/source.ts";
export type { Action, ActionStep, ContainerHandle } from "./plan/action.ts";
export type { Block, InstancePlan, InstanceVerdict, Plan, PlanSummary } from "./plan/plan.ts";
export type { BlockReason, Reason } from "./plan/reason.ts";
export type { ActionReport, EventReason, FleetEvent } from "./report/event.ts";
export type {
  BindMount,
  ContainerConfig,
  Healthcheck,
  LiveUpdate,
  Logging,
  Mount,
  NetworkAttachment,
  PortBinding,
  Propagation,
  RestartPolicy,
  TmpfsMount,
  Ulimit,
  VolumeMount,
} from "./spec/config.ts";
export type { Dependency, ImagePolicy, InstanceSpec, Lifecycle, Ownership, SourceSpec } from "./spec/instance.ts";
export type { FleetPolicy, ResolvedFleet } from "./spec/policy.ts";
export { Secret } from "./spec/secret.ts";
