import { setMaxListeners } from "node:events";
import {
  type Action,
  type Clock,
  type ContainerSummary,
  candidates,
  createInstance,
  cutsWork,
  type Engine,
  type EngineEvent,
  type EngineInfo,
  FleetError,
  type FleetEvent,
  type FleetStatus,
  type Hold,
  type Host,
  type InstancePlan,
  type InstanceSpec,
  type InstanceState,
  type InstanceStatus,
  labels,
  type Outlook,
  observe,
  type Plan,
  planFleet,
  type ResolvedFleet,
  systemClock,
} from "@fleet/core";
import { Acts } from "../acts.ts";
import { remainingDependents, stillWaitingFor, unmetDependencies } from "../dependencies.ts";
import type { Journal } from "../journal/journal.ts";
import type { LeaseChange, LeaseRecord } from "../lease/lease.ts";
import { Leases } from "../lease/leases.ts";
import { Listing } from "../listing.ts";
import { EngineChanged, Looks } from "../looks.ts";
import { busyPhases, Phases } from "../phases.ts";
import { sleep } from "../sleep.ts";
import { SpecIndex } from "../spec-index.ts";
import { type FleetHold, isConfirmed } from "../state/known.ts";
import { activeSuspension, type Suspensions } from "../state/suspensions.ts";
import { Chronicle } from "./chronicle.ts";
import { destroysEvidence } from "./evidence.ts";
import { Feed } from "./feed.ts";
import { Glances } from "./glances.ts";
import { Guard } from "./guard.ts";
import { checkHold, type Moment, stopHold, suspensionHold } from "./holds.ts";
import type { LoopHooks } from "./hooks.ts";
import { Member } from "./member.ts";
import { patienceOf } from "./patience.ts";
import { Presence } from "./presence.ts";
import { Reach } from "./reach.ts";
import { compareSpecs, describeChange, isNoChange } from "./spec-change.ts";
import { instanceStatus } from "./status.ts";
import type { LoopStore } from "./store.ts";
import { type Acquired, type AcquireOptions, Uses } from "./uses.ts";
import type { LoopMeter, LoopView } from "./view.ts";

/** What a loop keeps, and what it needs for that. */
export interface LoopOptions {
  readonly engine: Engine;
  readonly host: Host;
  readonly fleet: ResolvedFleet;
  readonly journal: Journal;
  readonly store: LoopStore;
  /** Of the program that runs the loop, for the journal. */
  readonly program: { readonly pid: number; readonly version: string };
  readonly clock?: Clock;
  readonly meter?: LoopMeter;
  /** Leases that an earlier run left. */
  readonly leases?: readonly LeaseRecord[];
  readonly hooks?: LoopHooks;
}

/** It is known what is to be done, and that is not done yet. */
const waiting = ["deferred", "suspended", "backingOff"] as const;

const emptySpec = "the spec has become empty";
const refilled = "the spec is no longer empty";
const goAhead = (by: string): string => `${by} says to go on`;

/** @inline */
type Listener = (event: FleetEvent & { readonly seq: number }) => void;

/** How long one call of a look may take: a container that hangs is not to hold up the others for long. Milliseconds. */
const lookDeadline = 10_000;
/** How long a look waits for the engine to say what it has just found out. Milliseconds. */
const lastWordDelay = 50;
/** How long after the list that found a change the event about it may still come. Milliseconds. */
const eventDelay = 1_000;

/**
 * Keeps a fleet as its spec says, until it is stopped. Everything that happens only wakes the instances' machines; what
 * they do rests on a look made after that. Nothing here throws: what goes wrong is an event.
 */
export class Loop implements LoopView {
  readonly #options: LoopOptions;
  readonly #clock: Clock;
  readonly #members = new Map<string, Member>();
  readonly #phases = new Phases();
  readonly #ended = new AbortController();
  readonly #listeners = new Set<Listener>();
  readonly #feed: Feed;
  readonly #reach: Reach;
  readonly #chronicle: Chronicle;
  readonly #acts: Acts;
  #fleet: ResolvedFleet;
  #index: SpecIndex;
  #listing: Listing;
  readonly #glances: Glances;
  readonly #leases: Leases;
  readonly #uses: Uses;
  readonly #guard: Guard;
  #looks: Looks;
  #presence: Presence;
  #suspensions: Suspensions = { schema: "fleet.suspensions/v1", instances: {} };
  #unwatch: () => void = () => undefined;
  /** Holds everything. */
  #hold: FleetHold | undefined;
  /** A spec that is not followed until somebody confirms. */
  #pending: ResolvedFleet | undefined;
  #specError: string | undefined;
  readonly #waiting = new Set<() => void>();
  #relistTimer: unknown;
  #deepTimer: unknown;
  /** Until the stream of events is found to be dead. */
  #doubtTimer: unknown;

  /** Does nothing until `start`. */
  constructor(options: LoopOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#fleet = options.fleet;
    this.#index = new SpecIndex(options.fleet.instances);
    this.#listing = new Listing(options.fleet.name);
    this.#glances = new Glances(options.host);
    const { engine, host, fleet } = options;
    const clock = this.#clock;
    setMaxListeners(0, this.#ended.signal);
    this.#acts = new Acts({
      engine,
      host,
      fleet: fleet.name,
      clock,
      say: (event) => this.#sayAct(event),
    });
    this.#leases = new Leases({ clock, onChange: (change, lease) => this.#leaseChanged(change, lease) });
    this.#guard = new Guard({
      engine,
      clock,
      signal: this.#ended.signal,
      leases: this.#leases,
      policy: fleet.policy,
      ...(options.hooks?.beforeDisruption && { beforeDisruption: options.hooks.beforeDisruption }),
    });
    this.#uses = new Uses({
      engine,
      clock,
      leases: this.#leases,
      prefix: `${options.program.pid}-${clock.now()}`,
      act: (member, action) => this.#actUnplanned(member, action),
    });
    this.#presence = new Presence(options.store);
    this.#reach = new Reach({ engine, signal: this.#ended.signal, isHeard: () => this.#feed.open });
    this.#chronicle = new Chronicle({
      engine,
      journal: options.journal,
      clock,
      say: (event) => this.#say(event),
      onReplaced: (name, ids) => this.#tellReplaced(name, ids),
      isUnmet: (name) => this.#presence.meet(name),
    });
    this.#looks = this.#newLooks(undefined);
    this.#feed = new Feed({
      engine,
      clock,
      onOpen: () => this.#opened(),
      onEvent: (event) => this.#heard(event),
      onLost: () => this.#lost(),
    });
  }

  /** Begins, and goes on until {@link stop}: an engine that is not there is waited for. Rejects only when the store cannot be read. */
  async start(): Promise<void> {
    const { store, journal, program } = this.#options;
    const { suspensions, known } = await store.load();
    this.#suspensions = suspensions;
    this.#presence = new Presence(store, known);
    this.#looks = this.#newLooks(known?.engineId);
    this.#unwatch = store.watch((changed) => this.#suspended(changed));
    journal.append({ at: this.#clock.now(), kind: "run", what: "started", ...program });
    const { length } = this.#fleet.instances;
    const kept = `${length} ${length === 1 ? "instance" : "instances"}`;
    this.#say({ type: "Normal", reason: "LoopStarted", message: `keeps ${kept}` });
    if (known?.hold !== undefined) this.#resumeHold(known.hold);
    this.#feed.start();
    this.#leases.restore(this.#options.leases ?? []);
    for (const spec of this.#fleet.instances) this.#add(spec.name, spec).instance.start();
    this.#scheduleRelist();
    this.#scheduleDeep();
  }

  /** Lets acts under way end, for at most `grace` milliseconds, and ends. What was appended is on disk afterwards. `because`: when nobody asked for it. */
  async stop(grace = 30_000, because?: string): Promise<void> {
    this.#guard.close();
    this.#feed.stop();
    this.#unwatch();
    this.#clock.clearTimeout(this.#relistTimer);
    this.#clock.clearTimeout(this.#deepTimer);
    this.#clock.clearTimeout(this.#doubtTimer);
    this.#uses.close();
    this.#leases.close();
    const patience = new AbortController();
    const timer = this.#clock.setTimeout(() => patience.abort(), grace);
    await this.#until(() => !this.#phases.isAnybodyIn("acting"), patience.signal);
    this.#clock.clearTimeout(timer);
    this.#ended.abort();
    for (const { instance } of this.#members.values()) instance.stop();
    const type = because === undefined ? "Normal" : "Warning";
    this.#say({ type, reason: "LoopStopped", message: because ?? "as asked" });
    const { journal, program } = this.#options;
    journal.append({ at: this.#clock.now(), kind: "run", what: "stopped", ...program });
    await this.#presence.written;
    await journal.flush().catch(() => undefined);
  }

  /** Follows another spec of the same fleet from now on. One without any instance is held until somebody confirms it. */
  desire(fleet: ResolvedFleet): void {
    const refused = this.#specError !== undefined;
    this.#specError = undefined;
    if (fleet.instances.length === 0 && this.#fleet.instances.length > 0) {
      this.#pending = fleet;
      this.#holdAll("Breaker", emptySpec);
      return;
    }
    this.#pending = undefined;
    if (isRefilled(fleet, this.#hold)) this.#lift(refilled);
    this.#follow(fleet, refused);
  }

  /** A new spec that does not hold: the last good one stays. `message`: one sentence. */
  refuse(message: string): void {
    if (this.#specError === message) return;
    this.#specError = message;
    this.#say({ type: "Warning", reason: "SpecInvalid", message: `the last good spec stays: ${message}` });
  }

  /** Resolves when nobody looks or acts, or wants to. */
  async idle(signal?: AbortSignal): Promise<void> {
    await this.#until(() => !this.#phases.isAnybodyIn(...busyPhases), signal);
  }

  status(): FleetStatus {
    const { engine } = this.#options;
    const moment = this.#moment();
    const { engine: known, error, reachable } = this.#reach;
    return {
      schema: "fleet.loop/v1",
      fleet: this.#fleet.name,
      at: moment.now,
      engine: {
        address: engine.address,
        reachable,
        ...(error !== undefined && { error }),
        ...(known && { id: known.id, version: known.version }),
      },
      ready: reachable && [...this.#members.values()].every(({ state }) => state.plan !== null),
      mode: this.#fleet.policy.mode,
      ...(this.#hold && { hold: this.#hold }),
      ...(this.#specError !== undefined && { specError: this.#specError }),
      instances: [...this.#members.keys()].sort().map((name) => this.#statusOf(this.#required(name), moment)),
    };
  }

  instance(name: string): InstanceStatus | undefined {
    const member = this.#members.get(name);
    return member && this.#statusOf(member, this.#moment());
  }

  #statusOf(member: Member, moment: Moment): InstanceStatus {
    const { hold, phase } = member.state;
    // How long somebody has used it by now, not by the last look; and what holds up nothing is no hold.
    const busy = hold?.kind === "Busy" ? this.#guard.busy(member, moment) : hold;
    const held = phase === "deferred" || phase === "suspended" ? busy : undefined;
    return instanceStatus(member, { leases: this.#leases.of(member.name), hold: held }, moment);
  }

  async plan(signal: AbortSignal = this.#ended.signal): Promise<Plan> {
    const { engine, host } = this.#options;
    const { name, instances } = this.#fleet;
    const observation = await observe(engine, host, { fleet: name, instances, now: this.#clock.now() }, { signal });
    return planFleet(this.#fleet, observation, { address: engine.address });
  }

  wake(name?: string): void {
    for (const member of name === undefined ? this.#members.values() : [this.#required(name)]) member.instance.retry();
  }

  async suspend(
    name: string,
    suspension: { readonly until?: number; readonly reason: string; readonly by: string },
  ): Promise<void> {
    this.#required(name);
    await this.#options.store.suspend(name, { since: this.#clock.now(), ...suspension });
  }

  async resume(name?: string): Promise<void> {
    for (const member of name === undefined ? this.#members.values() : [this.#required(name)]) member.draining = false;
    await this.#options.store.resume(name);
  }

  async confirm(by: string): Promise<void> {
    await this.#options.store.confirm({ at: this.#clock.now(), by });
  }

  /** A lease, or why there is none, in bounded time. Rejects with `NotFound` for a name that there is not, `Cancelled` for an aborted signal. */
  async acquire(name: string, options: AcquireOptions): Promise<Acquired> {
    return this.#uses.acquire(this.#required(name), options);
  }

  /** Gives no more leases of it until it is resumed, and waits at most `deadline` milliseconds for the last to end: resolves to what is left. */
  async drain(name: string, deadline: number, signal?: AbortSignal): Promise<readonly LeaseRecord[]> {
    return this.#uses.drain(this.#required(name), deadline, signal);
  }

  onEvent(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // Specs

  /** `refused`: the spec before this one did not hold. */
  #follow(fleet: ResolvedFleet, refused = false): void {
    const change = compareSpecs(this.#fleet, fleet);
    if (isNoChange(change) && !refused) return;
    this.#say({ type: "Normal", reason: "SpecChanged", message: describeChange(change) });
    this.#fleet = fleet;
    this.#index = new SpecIndex(fleet.instances);
    const touched = new Set([...change.added, ...change.changed, ...change.dropped]);
    const patience = patienceOf(fleet.policy);
    for (const [name, member] of this.#members) {
      const spec = this.#index.byName.get(name);
      if (spec === undefined && !this.#removesOrphans()) {
        this.#drop(member);
        continue;
      }
      member.spec = spec;
      if (touched.has(name)) {
        member.depth = "deep";
        member.drifts = undefined;
      } else if (!change.policy) continue;
      const removal = spec === undefined ? { removal: "Orphaned" as const } : { spec };
      member.instance.desire({ policy: fleet.policy, patience, ...removal });
    }
    for (const spec of fleet.instances) {
      if (!this.#members.has(spec.name)) this.#add(spec.name, spec).instance.start();
    }
    if (!change.policy) return;
    this.#guard.follow(fleet.policy);
    this.#scheduleRelist();
    this.#scheduleDeep();
  }

  #add(name: string, spec: InstanceSpec | undefined): Member {
    const { policy } = this.#fleet;
    const instance = createInstance(
      {
        name,
        policy,
        healing: true,
        patience: patienceOf(policy),
        ...(spec === undefined ? { removal: "Orphaned" as const } : { spec }),
      },
      {
        clock: this.#clock,
        look: (_name, _signal, begun) => this.#look(member, begun),
        turn: (_name, signal) => this.#guard.turn(member, signal),
        act: (plan, outlook, signal) => this.#act(member, plan, outlook, signal),
      },
    );
    const member = new Member(instance, spec);
    instance.onChange((state) => this.#changed(member, state));
    instance.onReport(({ severity, reason, message }) => {
      // The loop says once for all that nobody answers.
      if (reason !== "EngineUnreachable") this.#say({ type: severity, reason, instance: name, message });
    });
    this.#members.set(name, member);
    this.#phases.set(name, member.state.phase);
    return member;
  }

  #drop(member: Member): void {
    member.instance.stop();
    this.#members.delete(member.name);
    this.#phases.forget(member.name);
  }

  // Looks

  #newLooks(engineId: string | undefined): Looks {
    const { engine, host } = this.#options;
    return new Looks(
      {
        engine,
        host,
        fleet: this.#fleet.name,
        spec: (name) => this.#index.byName.get(name),
        clock: this.#clock,
        signal: this.#ended.signal,
        deadline: lookDeadline,
        info: () => this.#reach.identity(),
        onList: (containers, names) => this.#listed(containers, names),
      },
      engineId,
    );
  }

  async #look(member: Member, begun: () => void): Promise<Outlook> {
    const { meter } = this.#options;
    const began = this.#clock.monotonic();
    const { spec, name } = member;
    const related = spec === undefined ? this.#index.dependentsOf(name) : this.#index.relatedTo(spec);
    try {
      const observation = await this.#looks.look([name, ...related], member.depth, begun);
      member.depth = "light";
      this.#answered(observation.engine);
      const states = (other: string): InstanceState | undefined => this.#members.get(other)?.state;
      const { byName } = this.#index;
      const waitingFor =
        spec === undefined
          ? remainingDependents(name, this.#index, observation)
          : unmetDependencies(spec, states, byName, observation);
      const found = observation.containers[name] ?? [];
      member.found(candidates(spec?.container ?? "", found, observation.foreign).current);
      if (this.#feed.open && member.miss(this.#clock.monotonic())) await this.#hearOut(member);
      if (member.execs > 0) member.execs = await this.#guard.countExecs(member);
      const hold = this.#holdOf(member);
      meter?.looked(this.#clock.monotonic() - began, true);
      return { observation, waitingFor, ...(hold && { hold }) };
    } catch (error) {
      meter?.looked(this.#clock.monotonic() - began, false);
      this.#unanswered(error);
      throw error;
    }
  }

  /** An engine tells of a removal a moment after it: then what befell the container can be told whole. */
  async #hearOut(member: Member): Promise<void> {
    const heard = new AbortController();
    member.onLastWord = () => heard.abort();
    const { signal } = heard;
    await sleep(this.#clock, lastWordDelay, AbortSignal.any([signal, this.#ended.signal])).catch(() => undefined);
    member.onLastWord = undefined;
  }

  #holdOf(member: Member): Hold | undefined {
    const moment = this.#moment();
    const suspension = activeSuspension(this.#suspensions, member.name, moment.now);
    if (suspension !== undefined) return suspensionHold(member.name, suspension);
    return this.#hold ?? this.#guard.busy(member, moment) ?? stopHold(member, this.#fleet.policy, moment);
  }

  /** What a list says: who is there, who changed, and whether too many are gone. */
  #listed(containers: readonly ContainerSummary[], looking: ReadonlySet<string>): void {
    for (const name of this.#listing.take(containers)) {
      const member = this.#members.get(name);
      if (member !== undefined && !looking.has(name)) this.#foundChanged(member);
    }
    this.#wakeNameless(new Set(containers.map(({ name }) => name)));
    this.#weigh();
    this.#adoptOrphans(this.#listing.present.keys());
  }

  /** A list knows of a change; the event that should have told of it may be on its way, or the stream is dead. */
  #foundChanged(member: Member): void {
    const now = this.#clock.monotonic();
    member.detectedAt ??= now;
    member.instance.wake();
    if (!this.#feed.open || member.state.phase === "acting" || now - member.heardAt < eventDelay) return;
    this.#clock.clearTimeout(this.#doubtTimer);
    this.#doubtTimer = this.#clock.setTimeout(() => {
      if (member.heardAt < now) this.#feed.renew();
    }, eventDelay);
  }

  /** Holds everything when too much of the fleet is gone at once. */
  #weigh(): void {
    const { policy } = this.#fleet;
    const { present } = this.#listing;
    const { now, monotonic } = this.#moment();
    // What a person said hands off about is theirs to remove.
    const has = (name: string): boolean =>
      this.#index.byName.has(name) && activeSuspension(this.#suspensions, name, now) === undefined;
    const tooMany = this.#presence.list(present, { has }, policy.breaker, monotonic);
    if (tooMany !== undefined && this.#hold === undefined) this.#holdAll("Breaker", tooMany);
    this.#remember();
  }

  /** While another engine answers what is known of ours stays as it is. */
  #remember(): void {
    this.#presence.remember(() => {
      const hold = this.#hold;
      return hold?.kind === "EngineChanged" ? undefined : { engineId: this.#looks.engineId, ...(hold && { hold }) };
    });
  }

  /** Containers of ours that are not in the spec are to go, where the policy says so. */
  #adoptOrphans(names: Iterable<string>): void {
    if (!this.#removesOrphans()) return;
    for (const name of names) {
      if (!this.#index.byName.has(name) && !this.#members.has(name)) this.#add(name, undefined).instance.start();
    }
  }

  // Acts

  /** One action that no plan asked for: a lazy container is started for who needs it, or stopped for want of use. */
  async #actUnplanned(member: Member, action: Action): Promise<void> {
    if (action.kind === "stopContainer") member.parked = action.container.id ?? undefined;
    try {
      await this.#acts.performOne(member.name, action, member.spec, this.#ended.signal);
    } catch (error) {
      member.parked = undefined;
      throw error;
    }
    // The engine made a look that began meanwhile wait for the act: that was no work of its own.
    this.#looks.forgive();
    member.instance.wake();
  }

  async #act(member: Member, plan: InstancePlan, outlook: Outlook, signal: AbortSignal): Promise<void> {
    await member.lock.run(async () => {
      this.#guard.check(member, plan);
      await this.#writeDown(member, plan);
      // Whether a walk mended what it was to mend only another walk can tell.
      if (plan.actions.some((action) => action.kind === "mendSource" && action.ownership.recursive))
        member.depth = "deep";
      const cuts = plan.actions.find(({ kind }) => cutsWork(kind));
      await this.#acts.perform(plan, member.spec, outlook.observation, signal, async (action) => {
        if (action === cuts) await this.#guard.confirm(member, plan);
        checkHold(this.#hold, plan, action);
      });
    });
  }

  /** Evidence and plan are on disk before what would erase it begins. */
  async #writeDown(member: Member, plan: InstancePlan): Promise<void> {
    const { journal } = this.#options;
    await member.evidence;
    const planned = JSON.stringify(plan.actions);
    if (member.planned !== planned) {
      member.planned = planned;
      journal.append({ at: this.#clock.now(), instance: member.name, kind: "plan", plan });
    }
    const written = journal.flush();
    // What destroys nothing need not wait, and is not to be held up by a disk that is full.
    if (plan.actions.some(({ kind }) => destroysEvidence(kind))) await written;
    else written.catch(() => undefined);
  }

  /** What an act does is in the journal before the call is sent, and on disk where the call destroys evidence. */
  async #sayAct(event: Omit<FleetEvent, "at"> & { readonly instance: string }): Promise<void> {
    this.#say(event);
    const member = this.#members.get(event.instance);
    const { action, reason } = event;
    if (member === undefined || action === undefined) return;
    const { meter, journal } = this.#options;
    if (reason === "ActionStarted") {
      if (member.detectedAt !== undefined) meter?.reacted(this.#clock.monotonic() - member.detectedAt);
      member.detectedAt = undefined;
      if (destroysEvidence(action.kind)) await journal.flush();
      return;
    }
    if (action.kind === "startContainer") member.wasStarted();
    member.last = { at: this.#clock.now(), action };
    member.made = action.created ?? member.made;
    meter?.acted(action.kind, action.error === undefined, action.duration ?? 0);
  }

  // Leases

  #leaseChanged(change: LeaseChange, lease: LeaseRecord): void {
    const { instance } = lease;
    this.#options.journal.append({ at: this.#clock.now(), instance, kind: "lease", change, lease });
    const member = this.#members.get(instance);
    if (member === undefined || change === "renewed") return;
    if (change === "expired") {
      const message = `the lease of ${lease.holder} was not renewed in time`;
      this.#say({ type: "Warning", reason: "LeaseExpired", instance, message });
    }
    member.usedAt = this.#clock.monotonic();
    this.#uses.changed(member);
    // What waits for its turn to cut the work is to look again.
    if (change === "taken" && member.state.phase === "awaitingTurn") member.instance.wake();
    if (change !== "taken" && member.state.phase === "deferred") member.instance.wake();
  }

  // What happens

  #heard(event: EngineEvent): void {
    const name = this.#concerned(event);
    if (event.kind === "image") {
      for (const { spec, instance } of this.#members.values()) {
        if (spec !== undefined && sameImage(spec.image.ref, event.name)) instance.wake();
      }
    }
    const member = name === undefined ? undefined : this.#members.get(name);
    if (member === undefined) {
      if (name !== undefined) this.#adoptOrphans([name]);
      else if (event.action === "destroy" || event.action === "rename") this.#wakeNameless();
      return;
    }
    const now = this.#clock.monotonic();
    if (member.isOwn(event)) member.heardAt = now;
    else {
      // Of what comes in a row, the last made it what it is.
      member.detectedAt = now;
      // What labels say is in the spec, and may be long.
      const brief = { ...event, labels: {} };
      member.hear(brief, now);
      this.#options.journal.append({ at: this.#clock.now(), instance: member.name, kind: "observed", event: brief });
    }
    // The look that waits for it has seen what it tells of.
    if (event.action === "destroy" && event.id === member.latest && member.onLastWord !== undefined)
      member.onLastWord();
    else member.instance.wake();
  }

  /** Somebody else's container may have had the name that they wait for. */
  #wakeNameless(taken: ReadonlySet<string> = new Set()): void {
    for (const name of this.#phases.in("stalled")) {
      const { spec, state, instance } = this.#required(name);
      const waits = state.plan?.blocks.some(({ reason }) => reason === "NameTaken") === true;
      if (waits && !taken.has(spec?.container ?? "")) instance.wake();
    }
  }

  /** The instance that an event is about: by its labels, or by what the last list said. */
  #concerned({ id, labels: found }: EngineEvent): string | undefined {
    return found[labels.fleet] === this.#fleet.name ? found[labels.instance] : this.#listing.ownerOf(id);
  }

  #opened(): void {
    const again = this.#reach.opened();
    void this.#relist();
    if (!again) return;
    this.#options.meter?.reconnected();
    // Not all that went unheard shows in a list.
    this.#wakeAll();
  }

  /** Either the stream alone is gone, or the engine is: a list tells. */
  #lost(): void {
    this.#reach.doubt();
    void this.#relist();
  }

  #answered(engine: EngineInfo): void {
    if (!this.#reach.answered(engine)) return;
    this.#say({ type: "Normal", reason: "EngineReachable", message: `${this.#options.engine.address} answers again` });
    this.#wakeAll();
  }

  #unanswered(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    if (error instanceof EngineChanged) {
      this.#holdAll("EngineChanged", error.message);
      return;
    }
    if (!this.#reach.failed(error)) return;
    this.#feed.renew();
    this.#say({ type: "Warning", reason: "EngineUnreachable", message: error.message });
    // Nothing is known any more, and everybody is to say so.
    this.#wakeAll();
  }

  #suspended(next: Suspensions): void {
    const before = this.#suspensions;
    this.#suspensions = next;
    const names = new Set([...Object.keys(before.instances), ...Object.keys(next.instances)]);
    for (const name of [...names].sort()) {
      const [old, now] = [before.instances[name], next.instances[name]];
      if (JSON.stringify(old) === JSON.stringify(now)) continue;
      if (now === undefined)
        this.#say({ type: "Normal", reason: "Resumed", instance: name, message: "may be mended again" });
      this.#members.get(name)?.instance.wake();
    }
    const { confirmed } = next;
    if (this.#hold !== undefined && isConfirmed(this.#hold, confirmed)) this.#release(confirmed.by);
  }

  /** An earlier run's hold is this one's too, unless it has ended since. */
  #resumeHold(hold: FleetHold): void {
    const { confirmed } = this.#suspensions;
    if (isRefilled(this.#fleet, hold)) this.#lift(refilled);
    else if (!isConfirmed(hold, confirmed)) this.#beginHold(hold);
    else {
      this.#presence.confirm();
      this.#lift(goAhead(confirmed.by));
    }
  }

  #holdAll(kind: Hold["kind"], message: string): void {
    if (this.#hold?.kind === kind) return;
    const hint = "fleet resume --confirm goes on all the same";
    this.#beginHold({ kind, message, hint, since: this.#clock.now() });
    this.#remember();
    this.#wakeAll();
  }

  #beginHold(hold: FleetHold): void {
    this.#hold = hold;
    const reason = hold.kind === "EngineChanged" ? "EngineChanged" : "Held";
    this.#say({ type: "Warning", reason, message: `${hold.message}; nothing is done until somebody confirms` });
  }

  #release(by: string): void {
    if (this.#hold?.kind === "EngineChanged") this.#forget();
    this.#presence.confirm();
    this.#reach.doubt();
    this.#looks.accept();
    this.#lift(goAhead(by));
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) this.#follow(pending);
  }

  /** What was there is on another engine: nothing has vanished from this one. */
  #forget(): void {
    this.#presence = new Presence(this.#options.store);
    this.#listing = new Listing(this.#fleet.name);
    for (const member of this.#members.values()) member.forget();
  }

  #lift(because: string): void {
    this.#hold = undefined;
    this.#say({ type: "Normal", reason: "Confirmed", message: because });
    for (const { instance } of this.#members.values()) instance.retry();
  }

  // Timers

  #scheduleRelist(): void {
    this.#clock.clearTimeout(this.#relistTimer);
    if (this.#ended.signal.aborted) return;
    this.#relistTimer = this.#clock.setTimeout(() => {
      void this.#relist().then(() => this.#scheduleRelist());
    }, this.#fleet.policy.resync);
  }

  /** One list, and a glance at the sources: finds what no event told. Never rejects. */
  async #relist(): Promise<void> {
    const { engine } = this.#options;
    const { signal } = this.#ended;
    try {
      const [info, containers] = await Promise.all([this.#reach.identity(), engine.listContainers({ signal })]);
      this.#looks.recognise(info);
      this.#answered(info);
      this.#listed(containers, new Set());
      void this.#glanceAtSources();
    } catch (error) {
      this.#unanswered(error);
    }
  }

  /** A filesystem that hangs keeps no list waiting. Never rejects. */
  async #glanceAtSources(): Promise<void> {
    for (const name of await this.#glances.take(this.#fleet.instances)) this.#members.get(name)?.instance.wake();
  }

  #scheduleDeep(): void {
    this.#clock.clearTimeout(this.#deepTimer);
    if (this.#ended.signal.aborted) return;
    this.#deepTimer = this.#clock.setTimeout(() => {
      for (const member of this.#members.values()) {
        member.depth = "deep";
        member.instance.retry();
      }
      this.#scheduleDeep();
    }, this.#fleet.policy.deepResync);
  }

  // Telling

  #changed(member: Member, state: InstanceState): void {
    const { name } = member;
    // A wait on purpose is none for a reaction.
    const waited = waiting.some((phase) => this.#phases.has(name, phase));
    if (waited && member.detectedAt !== undefined) member.detectedAt = this.#clock.monotonic();
    this.#phases.set(name, state.phase);
    if (state.phase === "retired") {
      this.#members.delete(name);
      this.#phases.forget(name);
    }
    if (["settled", "suspended", "retired"].includes(state.phase)) this.#wakeWaiting(name);
    if (!["observing", "unknown"].includes(state.phase)) this.#chronicle.judge(member, state);
    if (state.phase === "settled") member.detectedAt = undefined;
    if (state.phase === "deferred" && state.hold?.kind === "Busy") member.heldUpSince ??= this.#clock.monotonic();
    else if (state.phase === "settled") member.heldUpSince = undefined;
    this.#chronicle.condition(member, state);
    this.#uses.changed(member);
    for (const check of [...this.#waiting]) check();
  }

  #tellReplaced(name: string, ids: { readonly old: string; readonly new: string }): void {
    // A hook's trouble is its own.
    void Promise.resolve()
      .then(() => this.#options.hooks?.afterReplace?.(name, ids))
      .catch(() => undefined);
  }

  #wakeAll(): void {
    for (const { instance } of this.#members.values()) instance.wake();
  }

  #wakeWaiting(name: string): void {
    const states = (other: string): InstanceState | undefined => this.#members.get(other)?.state;
    // One that is gone may be what its own dependencies wait for.
    const gone = states(name) === undefined;
    for (const other of gone ? this.#phases.in("deferred") : this.#index.dependentsOf(name)) {
      const state = states(other);
      if (state?.phase !== "deferred" || !state.waitingFor.includes(name)) continue;
      if (stillWaitingFor(state, this.#index.byName.get(other), states).length > 0 && !gone) continue;
      this.#members.get(other)?.instance.wake();
    }
  }

  #say(event: Omit<FleetEvent, "at">): void {
    const told = { ...event, at: this.#clock.now() };
    const { at, instance } = told;
    const seq = this.#options.journal.append({
      at,
      ...(instance !== undefined && { instance }),
      kind: "event",
      event: told,
    });
    for (const listener of this.#listeners) listener({ ...told, seq });
  }

  // Small things

  #required(name: string): Member {
    const member = this.#members.get(name);
    if (member !== undefined) return member;
    throw new FleetError("NotFound", `fleet ${this.#fleet.name} has no instance ${name}`, {
      hint: "fleet status lists them",
    });
  }

  #moment(): Moment {
    return { monotonic: this.#clock.monotonic(), now: this.#clock.now() };
  }

  #removesOrphans(): boolean {
    const { orphans, mode } = this.#fleet.policy;
    return orphans === "remove" && mode === "converge";
  }

  /** Resolves when `condition` holds after a change, or the signal aborts. */
  #until(condition: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (signal?.aborted !== true && !condition()) return;
        this.#waiting.delete(check);
        signal?.removeEventListener("abort", check);
        resolve();
      };
      this.#waiting.add(check);
      signal?.addEventListener("abort", check);
      check();
    });
  }
}

/** Whether it is the spec that holds everything, and that is no longer empty. */
function isRefilled({ instances }: ResolvedFleet, hold: FleetHold | undefined): boolean {
  return hold?.message === emptySpec && instances.length > 0;
}

/** Whether an event about an image may be about the one that `ref` names. */
function sameImage(ref: string, name: string): boolean {
  return ref === name || ref === `${name}:latest` || `${ref}:latest` === name || name.startsWith("sha256:");
}
