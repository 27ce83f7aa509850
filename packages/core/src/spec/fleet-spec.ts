import type { Scalar } from "./kind.ts";

/**
 * A fleet as written: the YAML file's shape, and what an embedder hands over. Every text may hold `${VARIABLE}` and
 * `{placeholder}`; where a number, boolean or word is wanted, such a text may stand for it. `null` takes away what the
 * template says.
 */
export interface FleetSpec {
  readonly apiVersion: "fleet/v1";
  readonly kind: "Fleet";
  readonly metadata: { readonly name: string | number };
  readonly spec: {
    /** Container names. Default `{fleet}-{name}`. */
    readonly naming?: Maybe<string>;
    readonly policy?: Maybe<PolicySpec>;
    readonly templates?: Maybe<Readonly<Record<string, ContainerSpec>>>;
    readonly instances: readonly WrittenInstance[];
  };
}

/** Fleet-wide rules as written; what each is for, and its default: {@link FleetPolicy}. Times are durations: `10s`. */
export interface PolicySpec {
  readonly orphans?: Word<"report" | "remove"> | undefined;
  readonly adopt?: Word<"never" | "byName"> | undefined;
  readonly concurrency?: string | number | undefined;
  readonly mode?: Word<"converge" | "observe"> | undefined;
  readonly maxUnavailable?: string | number | undefined;
  readonly resync?: string | number | undefined;
  readonly deepResync?: string | number | undefined;
  readonly stopGrace?: string | number | undefined;
  readonly whenBusy?: Word<"defer" | "force"> | undefined;
  readonly drainTimeout?: string | number | undefined;
  readonly backoff?: BackoffSpec | undefined;
  readonly breaker?: BreakerSpec | undefined;
  /** What instances say wins. */
  readonly heal?: Maybe<HealSpec>;
}

/** As written; see {@link BackoffPolicy}. Times are durations: `10s`. */
export interface BackoffSpec {
  readonly base?: string | number | undefined;
  readonly factor?: string | number | undefined;
  readonly cap?: string | number | undefined;
  readonly reset?: string | number | undefined;
}

/** As written: `missing` is a percentage such as `50%`, or `off`; `window` is a duration: `10s`. See {@link BreakerPolicy}. */
export interface BreakerSpec {
  readonly missing?: string | number | undefined;
  readonly window?: string | number | undefined;
}

/** As written; see {@link HealPolicy}. */
export interface HealSpec {
  readonly missing?: Maybe<Word<"create" | "report">>;
  readonly stopped?: Maybe<Word<"start" | "report">>;
  readonly paused?: Maybe<Word<"unpause" | "report">>;
  readonly unhealthy?: Maybe<Word<"restart" | "report">>;
  readonly drift?: Maybe<Word<"mend" | "report">>;
  readonly ownership?: Maybe<Word<"mend" | "report">>;
  readonly staleMount?: Maybe<Word<"restart" | "report">>;
}

/** One instance as written, or several with `replicas`. */
export interface WrittenInstance extends ContainerSpec {
  readonly name: string | number;
  readonly template?: Maybe<string>;
  /** Placeholders of its own. */
  readonly vars?: Maybe<Readonly<Record<string, Scalar>>>;
  /** Makes `NAME-1` to `NAME-N` of it. */
  readonly replicas?: Maybe<string | number>;
}

/** One of a few words, or a text that becomes one of them once its `${VARIABLE}` or `{placeholder}` is filled in. */
export type Word<W extends string> = W | `${string}{${string}}${string}`;

/** Empty is `no`. */
export type RestartWord = Word<"" | "no" | "always" | "unless-stopped" | "on-failure" | `on-failure:${number}`>;

/** The kinds of a {@link Lifecycle}. */
export type LifecycleWord = Word<"hot" | "lazy" | "oneshot">;

/** A field that may be left out, or be null. */
export type Maybe<T> = T | null | undefined;

/** Text, `{ secret: NAME }` from the environment, `{ file: PATH }`. */
export type EnvValue = Scalar | { readonly secret: string } | { readonly file: string };

/** The fields that templates and instances share. */
export interface ContainerSpec {
  readonly image?: Maybe<
    | string
    | { ref?: Maybe<string>; pull?: Maybe<Word<"missing" | "always" | "never">>; track?: Maybe<Word<"id" | "ref">> }
  >;
  readonly entrypoint?: Maybe<string | readonly Scalar[]>;
  readonly command?: Maybe<string | readonly Scalar[]>;
  readonly env?: Maybe<Readonly<Record<string, EnvValue | null>> | readonly string[]>;
  readonly envFile?: Maybe<string | readonly string[]>;
  readonly user?: Maybe<string | number>;
  readonly workingDir?: Maybe<string>;
  readonly hostname?: Maybe<string>;
  readonly labels?: Maybe<Readonly<Record<string, Scalar | null>> | readonly string[]>;
  readonly mounts?: Maybe<readonly MountSpec[]>;
  readonly networks?: Maybe<
    Readonly<Record<string, { aliases?: readonly string[] | undefined } | null>> | readonly string[]
  >;
  readonly networkMode?: Maybe<string>;
  readonly ports?: Maybe<readonly PortSpec[]>;
  readonly extraHosts?: Maybe<Readonly<Record<string, string | null>> | readonly string[]>;
  readonly resources?: Maybe<ResourcesSpec>;
  readonly capabilities?: Maybe<{ add?: Maybe<readonly string[]>; drop?: Maybe<readonly string[]> }>;
  readonly privileged?: Maybe<Flag>;
  readonly readOnly?: Maybe<Flag>;
  readonly securityOpt?: Maybe<readonly string[]>;
  readonly init?: Maybe<Flag>;
  readonly tty?: Maybe<Flag>;
  readonly stdin?: Maybe<Flag>;
  readonly stop?: Maybe<{ signal?: Maybe<string | number>; gracePeriod?: Maybe<string | number> }>;
  readonly restart?: Maybe<RestartWord>;
  readonly healthcheck?: Maybe<HealthcheckSpec>;
  readonly logging?: Maybe<{ driver?: Maybe<string>; options?: Maybe<Readonly<Record<string, Scalar | null>>> }>;
  readonly dependsOn?: Maybe<
    | Readonly<Record<string, { condition?: Word<"started" | "healthy" | "completed"> | undefined } | null>>
    | readonly string[]
  >;
  readonly lifecycle?: Maybe<
    LifecycleWord | { readonly kind?: Maybe<LifecycleWord>; readonly idleStop?: Maybe<string | number> }
  >;
  readonly heal?: Maybe<HealSpec>;
}

/** A boolean, or a text that becomes `true` or `false`. */
export type Flag = boolean | string;

/** A mount as written. */
export type MountSpec = BindMountSpec | VolumeMountSpec | TmpfsMountSpec;

/** A path of the engine's host as written. */
export interface BindMountSpec {
  /** `~` is the home directory; a relative path starts from the fleet file's directory. */
  readonly bind: string;
  readonly target: string;
  readonly readOnly?: Flag | undefined;
  readonly propagation?: Word<"private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave"> | undefined;
  /** What must be there, and what is made where nothing is. Default `directory`. */
  readonly type?: Word<"directory" | "file"> | undefined;
  readonly ownership?: OwnershipSpec | undefined;
  /** Without it, a path that gives the container the host is an error. */
  readonly allow?: true | undefined;
}

/** A volume as written. */
export interface VolumeMountSpec {
  /** Its name; made when missing, never deleted. */
  readonly volume: string;
  readonly target: string;
  readonly readOnly?: Flag | undefined;
}

/** Memory as written: `size` such as `64Mi`, `mode` in octal such as `"1777"`. */
export interface TmpfsMountSpec {
  readonly tmpfs: true | { size?: string | number | undefined; mode?: string | number | undefined };
  readonly target: string;
  readonly readOnly?: Flag | undefined;
}

/** As written: `mode` in octal such as `"0755"`; see {@link Ownership}. `repair` is `auto` and `recursive` false by default. */
export interface OwnershipSpec {
  readonly uid: string | number;
  readonly gid: string | number;
  readonly mode?: string | number | undefined;
  readonly repair?: Word<"never" | "plan" | "auto"> | undefined;
  readonly recursive?: Flag | undefined;
}

/** `8080:80` and its like, a container port, or the long form. */
export type PortSpec = string | number | LongPortSpec;

/** A port as written in full. Without `host` the engine picks one, without `hostIp` it is every address. */
export interface LongPortSpec {
  readonly container: string | number;
  readonly host?: string | number | undefined;
  readonly hostIp?: string | undefined;
  readonly protocol?: Word<"tcp" | "udp" | "sctp"> | undefined;
}

/** Limits as written: sizes such as `4Gi`, `cpus` such as 1.5. `swap` is memory and swap together. */
export interface ResourcesSpec {
  readonly memory?: Maybe<string | number>;
  readonly swap?: Maybe<string | number>;
  readonly reservation?: Maybe<string | number>;
  readonly cpus?: Maybe<string | number>;
  readonly pids?: Maybe<string | number>;
  readonly shm?: Maybe<string | number>;
  readonly ulimits?: Maybe<
    Readonly<Record<string, string | number | { soft: string | number; hard: string | number } | null>>
  >;
}

/** A check as written: a line for the shell, or a list that begins with `CMD`, `CMD-SHELL` or `NONE`. Times are durations: `10s`. */
export interface HealthcheckSpec {
  readonly test?: Maybe<string | readonly string[]>;
  readonly interval?: Maybe<string | number>;
  readonly timeout?: Maybe<string | number>;
  readonly startPeriod?: Maybe<string | number>;
  readonly retries?: Maybe<string | number>;
  readonly disable?: Maybe<Flag>;
}
