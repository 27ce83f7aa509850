export { type LookRequest, observe } from "./act/observe.ts";
export { type Performed, perform, type Stage } from "./act/perform.ts";
export type { Wait } from "./act/ready.ts";
export { listFor, type Survey, type SurveyOptions, survey } from "./act/survey.ts";
export { type ActionWatch, performWatched } from "./act/watched.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { Drift, DriftCause, Remedy } from "./diff/drift.ts";
export { diffSource, ownershipIds, type SourceBlock, type SourceDiff, type SourceStep } from "./diff/ownership.ts";
export { type EndpointInputs, localInputs, resolveEndpoint } from "./engine/connect.ts";
export { dockerEngine } from "./engine/docker.ts";
export {
  type Endpoint,
  parseEndpoint,
  type SshEndpoint,
  type TcpEndpoint,
  type TlsFiles,
  type UnixEndpoint,
} from "./engine/endpoint.ts";
export type { CallOptions, Engine, EngineReader, EventWatcher, ExecRequest, ExecResult } from "./engine/engine.ts";
export { type ErrorCode, FleetError, type FleetErrorOptions, isFleetError } from "./errors.ts";
export type { ExecAsked } from "./exec/asked.ts";
export { diagnoseExec, type ExecDiagnosis, type ExecEnd, type ExecFault, type ExecOutcome } from "./exec/diagnose.ts";
export type { ExecReason } from "./exec/reason.ts";
export { writeProbe } from "./exec/write-probe.ts";
export { errnoOf, hostError } from "./host/errno.ts";
export type { Host, HostCallOptions, HostReader, MendResult, RunningContainer } from "./host/host.ts";
export { type LocalHostOptions, localHost, localHostReader } from "./host/local.ts";
export { remoteHost, remoteHostReader } from "./host/remote.ts";
export type { Backoff } from "./instance/backoff.ts";
export type { InstanceInput, InstanceReport, Outlook, Patience, Turn } from "./instance/context.ts";
export { cutsWork, type Decision } from "./instance/decide.ts";
export {
  createInstance,
  type Instance,
  type InstanceClock,
  type InstanceEffects,
  type InstanceState,
  type Phase,
} from "./instance/instance.ts";
export type {
  ContainerObservation,
  ContainerPhase,
  ContainerState,
  ContainerSummary,
  HealthCheckResult,
} from "./observe/container.ts";
export type { EngineInfo, NetworkObservation, VolumeObservation } from "./observe/engine.ts";
export type { EngineEvent } from "./observe/engine-event.ts";
export type { ExecObservation } from "./observe/exec.ts";
export type { ImageDefaults, ImageObservation } from "./observe/image.ts";
export { isOurs, labels } from "./observe/labels.ts";
export type { Inode, StaleMount } from "./observe/mount.ts";
export type { Observation } from "./observe/observation.ts";
export type { SourceObservation } from "./observe/source.ts";
export { type Paint, painter, type Style } from "./paint.ts";
export type { Action, ActionStep, ContainerHandle } from "./plan/action.ts";
export { type Candidates, candidates } from "./plan/candidates.ts";
export { describeAction } from "./plan/describe.ts";
export { type PlanOptions, planDestruction, planFleet, sharedKey } from "./plan/fleet.ts";
export { type HealingPlan, planHealing } from "./plan/heal.ts";
export { planInstance, planRemoval } from "./plan/instance.ts";
export { describeRestarts, type Readiness, type Restarts, readiness } from "./plan/lifecycle.ts";
export type { Block, Busy, InstancePlan, InstanceVerdict, Plan, PlanSummary } from "./plan/plan.ts";
export { volumesOf } from "./plan/prerequisites.ts";
export type { BlockReason, Reason } from "./plan/reason.ts";
export { renderPlan, summaryText } from "./plan/render.ts";
export type {
  Condition,
  ConditionReason,
  ConditionType,
  ProgressingReason,
  ReadyReason,
  StalledReason,
  SyncedReason,
} from "./report/condition.ts";
export { type ConditionInputs, conditionsOf } from "./report/conditions.ts";
export type {
  ActionReport,
  ActReason,
  EventReason,
  FleetEvent,
  InstanceEvent,
  LoopReason,
  RestReason,
  TroubleReason,
} from "./report/event.ts";
export type { Hold } from "./report/hold.ts";
export type { FleetStatus, InstanceStatus, LeaseStatus } from "./report/status.ts";
export { compileFleet } from "./spec/compile.ts";
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
export type { Diagnostic, DiagnosticCode } from "./spec/diagnostic.ts";
export { formatDuration, parseDuration } from "./spec/duration.ts";
export type {
  BackoffSpec,
  BindMountSpec,
  BreakerSpec,
  ContainerSpec,
  EnvValue,
  Flag,
  FleetSpec,
  HealSpec,
  HealthcheckSpec,
  LifecycleWord,
  LongPortSpec,
  Maybe,
  MountSpec,
  OwnershipSpec,
  PolicySpec,
  PortSpec,
  ResourcesSpec,
  RestartWord,
  TmpfsMountSpec,
  VolumeMountSpec,
  Word,
  WrittenInstance,
} from "./spec/fleet-spec.ts";
export type { ResolveInputs } from "./spec/inputs.ts";
export type { Dependency, ImagePolicy, InstanceSpec, Lifecycle, Ownership, SourceSpec } from "./spec/instance.ts";
export type { Scalar } from "./spec/kind.ts";
export { fleetFromObject, type ParseOptions, type ParseResult, parseFleet } from "./spec/parse.ts";
export type { BackoffPolicy, BreakerPolicy, FleetPolicy, HealPolicy, ResolvedFleet } from "./spec/policy.ts";
export { type RenderOptions, renderDiagnostics } from "./spec/render.ts";
export { type ResolveResult, resolveFleet } from "./spec/resolve.ts";
export { fleetJsonSchema } from "./spec/schema/json-schema.ts";
export { Secret } from "./spec/secret.ts";
export type { Span, SpecSource } from "./spec/source.ts";
export { didYouMean } from "./spec/suggest.ts";
