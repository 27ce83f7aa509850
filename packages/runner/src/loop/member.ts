import type {
  ActionReport,
  Condition,
  ContainerObservation,
  EngineEvent,
  Instance,
  InstancePlan,
  InstanceSpec,
  InstanceState,
} from "@fleet/core";
import type { Depth } from "../looks.ts";
import type { KnownDrifts } from "./drifts.ts";
import { Mutex } from "./mutex.ts";

/** Events of the engine that are kept for each instance, and for how long. Milliseconds. */
const eventsKept = 20;
const eventsFresh = 60_000;
/** Troubles within this time that make it flap, and how many. Milliseconds. */
const flapWindow = 600_000;
const flapCount = 5;

/** One instance in the loop: its machine, and what the loop remembers about it. */
export class Member {
  readonly instance: Instance;
  /** Undefined for one whose container is to go. */
  spec: InstanceSpec | undefined;
  conditions: readonly Condition[] = [];
  /** What the last look found. */
  current: ContainerObservation | undefined;
  /** As it was when last there. */
  seen: ContainerObservation | undefined;
  /** Id of the container that was there last, though it may have been gone before anybody saw it. */
  latest: string | undefined;
  /** Id of the container that was made for it since the last look. */
  made: string | undefined;
  /** The loop started its container between the last two looks. */
  started = false;
  /** What the last look found to differ; undefined when the spec has changed since. */
  drifts: KnownDrifts | undefined;
  /** The last plan that was judged. */
  judged: InstancePlan | undefined;
  /** Of the next look. */
  depth: Depth = "deep";
  /** Key of the trouble that was last told. */
  trouble: string | undefined;
  /** Resolves when what is known of that trouble was given to the journal. */
  evidence: Promise<void> = Promise.resolve();
  /** What was last said to be left to a person. */
  withheld: string | undefined;
  /** What the journal was last given as its plan. */
  planned: string | undefined;
  last: { readonly at: number; readonly action: ActionReport } | undefined;
  /** When something was found that is not yet mended. Monotonic milliseconds. */
  detectedAt: number | undefined;
  /** Somebody else stopped this container. `at`: monotonic milliseconds. */
  stopped: { readonly id: string; readonly at: number } | undefined;
  /** The container that the loop itself stopped for want of use, until it is started. */
  parked: string | undefined;
  /** Takes no more work, as somebody asked. */
  draining = false;
  /** Execs that ran inside when it was last to be cut. */
  execs = 0;
  /** Somebody's hook said not now, until this time. Monotonic milliseconds. */
  vetoedUntil = Number.NEGATIVE_INFINITY;
  /** Since when work inside holds up what would cut it. Monotonic milliseconds. */
  heldUpSince: number | undefined;
  /** When it was last used. Monotonic milliseconds. */
  usedAt = Number.NEGATIVE_INFINITY;
  /** What was found to be usable inside, by what was asked, and when. Monotonic milliseconds. */
  readonly probed = new Map<string, number>();
  /** Whoever changes the container or looks inside holds it. */
  readonly lock = new Mutex();
  /** Called when the engine has said that the container which a look found gone was removed; set while a look waits for that. */
  onLastWord: (() => void) | undefined;
  /** Since when an event told that something changed. Monotonic milliseconds. */
  heardAt = Number.NEGATIVE_INFINITY;
  /** Id of the container that was found gone last. */
  #missed: string | undefined;
  #events: { readonly event: EngineEvent; readonly heardAt: number }[] = [];
  #startedSince = false;
  #troubles: number[] = [];

  constructor(instance: Instance, spec: InstanceSpec | undefined) {
    this.instance = instance;
    this.spec = spec;
  }

  get name(): string {
    return this.instance.name;
  }

  get state(): InstanceState {
    return this.instance.state();
  }

  /** What the engine said about it lately and nobody was told, oldest first. `now`: monotonic milliseconds. */
  events(now: number): readonly EngineEvent[] {
    return this.#events.filter(({ heardAt }) => now - heardAt < eventsFresh).map(({ event }) => event);
  }

  /** True when its container is found gone for the first time, and the engine was not heard to remove it yet. `now`: monotonic milliseconds. */
  miss(now: number): boolean {
    if (this.current !== undefined || this.latest === undefined || this.latest === this.#missed) return false;
    this.#missed = this.latest;
    return this.events(now).every(({ id, action }) => id !== this.latest || action !== "destroy");
  }

  /** Of that what is about one container: it counts as told from now on. */
  take(id: string | undefined, now: number): readonly EngineEvent[] {
    const taken = this.events(now).filter((event) => event.id === id);
    this.#events = this.#events.filter(({ event }) => event.id !== id);
    return taken;
  }

  /** The loop has started a container of it: what was said before is of another run. */
  wasStarted(): void {
    this.#startedSince = true;
    this.#events = this.#events.filter(({ event }) => event.id !== this.current?.id);
  }

  /** Another engine is the right one from now on: what was known of its container is over. */
  forget(): void {
    this.found(undefined);
    this.latest = undefined;
    this.seen = undefined;
    this.trouble = undefined;
    this.probed.clear();
  }

  /** Takes what a look found. */
  found(current: ContainerObservation | undefined): void {
    this.current = current;
    this.latest = current?.id ?? this.made ?? this.latest;
    this.made = undefined;
    this.started = this.#startedSince;
    this.#startedSince = false;
  }

  /** Whether we brought an event about: a stop that no plan asked for is told before or after the call has ended. */
  isOwn({ id, action }: EngineEvent): boolean {
    if (this.parked === id && action === "start") this.parked = undefined;
    return this.state.phase === "acting" || (this.parked === id && ["kill", "die", "stop"].includes(action));
  }

  /** Takes one event that we did not bring about. `now`: monotonic milliseconds. */
  hear(event: EngineEvent, now: number): void {
    this.heardAt = now;
    this.probed.clear();
    this.#events = [...this.#events, { event, heardAt: now }].slice(-eventsKept);
    if (event.action === "stop") this.stopped = { id: event.id, at: now };
    if (event.action === "start" && this.stopped?.id === event.id) this.stopped = undefined;
  }

  /** One more trouble befell it. `now`: monotonic milliseconds. */
  suffer(now: number): void {
    this.#troubles = [...this.#troubles.filter((at) => now - at < flapWindow), now].slice(-flapCount);
  }

  /** Whether so much befell it lately that mending it again and again is no remedy. */
  flaps(now: number): boolean {
    return this.#troubles.filter((at) => now - at < flapWindow).length >= flapCount;
  }
}
