export { type ApplyOptions, applyFleet } from "./apply.ts";
export { type BusyOptions, withBusy } from "./busy-plan.ts";
export { defineFleet } from "./fleet/define-fleet.ts";
export { InvalidSpec, type SecretProvider } from "./fleet/desired.ts";
export type { RecordedFleetEvent } from "./fleet/event-log.ts";
export { type Fleet, type OpenFleetOptions, openFleet } from "./fleet/open-fleet.ts";
export type {
  Evidence,
  EvidenceContainer,
  JournalEntry,
  JournalFact,
  JournalRecord,
  LostRecord,
} from "./journal/entry.ts";
export { type FollowOptions, followJournal } from "./journal/follow.ts";
export { type Journal, type JournalOptions, openJournal } from "./journal/journal.ts";
export { type MemoryJournal, memoryJournal } from "./journal/memory.ts";
export type { JournalQuery } from "./journal/query.ts";
export { readJournal, readLast } from "./journal/read.ts";
export type { ReadOptions } from "./journal/walk.ts";
export type { RefusalReason } from "./lease/admit.ts";
export type { LeaseChange, LeaseRecord } from "./lease/lease.ts";
export { describeLeases } from "./lease/leases.ts";
export { readLeases } from "./lease/read-leases.ts";
export { type FileStoreOptions, fileStore } from "./loop/file-store.ts";
export type { LoopHooks } from "./loop/hooks.ts";
export { Loop, type LoopOptions } from "./loop/loop.ts";
export { memoryStore } from "./loop/memory-store.ts";
export type { ProbeRequest } from "./loop/probe.ts";
export type { LoopStore } from "./loop/store.ts";
export type { Acquired, AcquireOptions, Lease } from "./loop/uses.ts";
export type { LoopMeter, LoopView } from "./loop/view.ts";
export type { Alert, Problem } from "./notify/alert.ts";
export { type AlertWatch, type AlertWatchOptions, watchAlerts } from "./notify/alert-watch.ts";
export { createWebhook, type Webhook, type WebhookOptions } from "./notify/webhook.ts";
export { type ApplyResult, type InstanceOutcome, type InstanceResult, isGood } from "./outcome.ts";
export { sleep } from "./sleep.ts";
export { makeStateFolder, type StateInputs, stateFolder } from "./state/folder.ts";
export { type FleetHold, isConfirmed } from "./state/known.ts";
export { acquireLock, type Lock, type LockOptions, lockHolder } from "./state/lock.ts";
export type { LockHolder } from "./state/lock-file.ts";
export { makeSocketFolder, type SocketInputs, socketPath } from "./state/socket-path.ts";
export { activeSuspension, type Confirmation, type Suspension, type Suspensions } from "./state/suspensions.ts";
export { readToken } from "./state/token.ts";
export { watchFile } from "./state/watch-file.ts";
