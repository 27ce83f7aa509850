import { checkFleet } from "./check.ts";
import type { ContainerConfig } from "./config.ts";
import { readConfig } from "./container-config.ts";
import { linkDependencies, readDependencies } from "./dependencies.ts";
import { compareText, type Diagnostic, type DiagnosticCode, Diagnostics } from "./diagnostic.ts";
import { readEnv } from "./env.ts";
import { type Fields, fieldsOf, mergeFields } from "./fields.ts";
import { readPolicy } from "./fleet-policy.ts";
import type { FleetSpec, WrittenInstance } from "./fleet-spec.ts";
import { readHeal } from "./heal.ts";
import { imageRef, pull, track } from "./image.ts";
import type { ResolveInputs } from "./inputs.ts";
import type { ImagePolicy } from "./instance.ts";
import { type Kind, text } from "./kind.ts";
import { readLifecycle } from "./lifecycle.ts";
import { readMounts } from "./mounts.ts";
import { containerName, name as nameKind } from "./name.ts";
import type { Path } from "./path.ts";
import type { Placed } from "./placed.ts";
import type { ResolvedFleet } from "./policy.ts";
import { defaultHeal } from "./policy-defaults.ts";
import { replicas } from "./policy-kinds.ts";
import { filled, present } from "./present.ts";
import { Reader } from "./reader.ts";
import type { SpecSource } from "./source.ts";
import { sourcesOf } from "./sources.ts";
import { didYouMean } from "./suggest.ts";

/** A fleet that every later step takes, or what is wrong with it: all of it. Those of a good one are warnings. */
export type ResolveResult =
  | { readonly ok: true; readonly fleet: ResolvedFleet; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly ok: false;
      readonly diagnostics: readonly Diagnostic[];
      /** Of the fleet, where that much holds. */
      readonly name?: string;
    };

const defaultNaming = "{fleet}-{name}";

/**
 * From a fleet as written to one that every later step takes: templates merged, replicas expanded, variables,
 * placeholders and secrets filled in, units read, and everything checked that an engine would refuse anyway. `spec` and
 * `source` are what {@link parseFleet} gave. Reads nothing but through `inputs`.
 */
export function resolveFleet(spec: FleetSpec, source: SpecSource, inputs: ResolveInputs): ResolveResult {
  return resolveInto(spec, inputs, new Diagnostics(source));
}

/** {@link resolveFleet} for a caller that already has something to say about the source. */
export function resolveInto(spec: FleetSpec, inputs: ResolveInputs, diagnostics: Diagnostics): ResolveResult {
  const resolution = new Resolution(spec, inputs, diagnostics);
  const fleet = resolution.fleet();
  const all = diagnostics.sorted();
  if (fleet === undefined) return { ok: false, diagnostics: all };
  const told = inputs.outline && resolution.complete ? all.filter(({ code }) => !elsewhere.has(code)) : all;
  return told.some(({ severity }) => severity === "error")
    ? { ok: false, diagnostics: told, name: fleet.name }
    : { ok: true, fleet, diagnostics: told };
}

/** Said of what the spec refers to, and what is not there. */
const elsewhere: ReadonlySet<DiagnosticCode> = new Set(["VariableUnset", "SecretMissing", "FileUnreadable"]);

class Resolution {
  readonly #spec: FleetSpec;
  readonly #inputs: ResolveInputs;
  readonly #diagnostics: Diagnostics;
  readonly #templates = new Map<string, Fields>();
  #heal = defaultHeal;
  /** Whether every instance that is written has become one, or as many as it should. */
  complete = true;

  constructor(spec: FleetSpec, inputs: ResolveInputs, diagnostics: Diagnostics) {
    this.#spec = spec;
    this.#inputs = inputs;
    this.#diagnostics = diagnostics;
  }

  fleet(): ResolvedFleet | undefined {
    const { metadata, spec } = this.#spec;
    const name = this.#read(nameKind, metadata.name, ["metadata", "name"], new Map());
    for (const [key, template] of Object.entries(spec.templates ?? {})) {
      this.#templates.set(key, fieldsOf(template, ["spec", "templates", key], this.#diagnostics));
    }
    const written = fieldsOf(spec.policy ?? {}, ["spec", "policy"], this.#diagnostics);
    const rules = mergeFields(new Map(), written, this.#diagnostics);
    const reader = new Reader(rules, { env: this.#inputs.env, placeholders: new Map() }, this.#diagnostics);
    const policy = readPolicy(reader);
    this.#heal = readHeal(reader, defaultHeal);
    const placed = spec.instances.flatMap((instance, index) =>
      this.#instances(instance, ["spec", "instances", index], name ?? "fleet"),
    );
    this.#reportUnused();
    checkFleet(placed, this.#diagnostics);
    const dependencies = linkDependencies(placed, this.#diagnostics);
    if (name === undefined) return undefined;
    const instances = placed
      .map(({ spec: resolved }) => ({ ...resolved, dependsOn: dependencies.get(resolved.name) ?? [] }))
      .sort((a, b) => compareText(a.name, b.name));
    return { name, policy, instances };
  }

  #instances(written: WrittenInstance, path: Path, fleet: string): readonly Placed[] {
    const { name, template, vars, replicas: copies, ...own } = written;
    const base = this.#read(nameKind, name, [...path, "name"], new Map([["fleet", fleet]]));
    const number = this.#read(replicas, copies, [...path, "replicas"], new Map([["fleet", fleet]]));
    const fields = mergeFields(
      this.#template(template, [...path, "template"]),
      fieldsOf(own, path, this.#diagnostics),
      this.#diagnostics,
    );
    if (base === undefined || (copies != null && number === undefined)) {
      this.complete = false;
      return [];
    }
    const suffixes = number === undefined ? [undefined] : Array.from({ length: number }, (_, index) => index + 1);
    return suffixes.flatMap((suffix) => {
      const full = suffix === undefined ? base : `${base}-${suffix}`;
      const builtin = new Map([
        ["fleet", fleet],
        ["name", full],
        ["replica", String(suffix ?? 1)],
      ]);
      return this.#checkLength(full, path)
        ? [this.#instance(fields, path, base, full, fleet, this.#vars(vars, path, builtin))]
        : [];
    });
  }

  /** What is read of it stands even where something is wrong, so that checks across instances see all of them. */
  #instance(
    fields: Fields,
    path: Path,
    base: string,
    name: string,
    fleet: string,
    names: ReadonlyMap<string, string>,
  ): Placed {
    const naming = this.#spec.spec.naming;
    const place: Path = naming == null ? [...path, "name"] : ["spec", "naming"];
    const container = this.#read(containerName, naming ?? defaultNaming, place, names);
    const scope = { env: this.#inputs.env, placeholders: new Map([...names, ["container", container ?? ""]]) };
    const reader = new Reader(fields, scope, this.#diagnostics);
    const image = this.#image(reader, path);
    const mounts = readMounts(reader, this.#inputs);
    const config: ContainerConfig = {
      image: image?.ref ?? "",
      ...readConfig(reader),
      ...present({
        env: filled(readEnv(reader, this.#inputs)),
        mounts: filled(mounts.map(({ mount }) => mount)),
      }),
    };
    const lifecycle = readLifecycle(reader);
    const dependencies = readDependencies(reader);
    return {
      spec: {
        fleet,
        name,
        container: container ?? name,
        image: image ?? { ref: "", pull: "missing", track: "id" },
        config,
        sources: sourcesOf(mounts),
        lifecycle,
        heal: readHeal(reader, this.#heal),
      },
      base,
      path,
      reader,
      mounts,
      dependencies,
    };
  }

  #image(reader: Reader, path: Path): ImagePolicy | undefined {
    const ref = reader.field("image.ref", imageRef);
    if (reader.written("image.ref") === undefined) {
      this.#diagnostics.error("Missing", path, "the instance has no image", {
        hint: "add `image: NAME:TAG` to it or to its template",
      });
    }
    const when = reader.field("image.pull", pull) ?? "missing";
    const by = reader.field("image.track", track) ?? "id";
    return ref === undefined ? undefined : { ref, pull: when, track: by };
  }

  #template(name: WrittenInstance["template"], path: Path): Fields {
    if (name == null) return new Map();
    const expanded = this.#read(nameKind, name, path, new Map());
    const template = expanded === undefined ? undefined : this.#templates.get(expanded);
    if (template !== undefined || expanded === undefined) return template ?? new Map();
    const known = [...this.#templates.keys()].sort();
    this.#diagnostics.error("UnknownTemplate", path, `there is no template \`${name}\``, {
      expected: known.length === 0 ? "an entry in `spec.templates`" : `one of ${known.join(", ")}`,
      hint: didYouMean(name, known),
    });
    return new Map();
  }

  #vars(vars: WrittenInstance["vars"], path: Path, builtin: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const names = new Map(builtin);
    for (const [key, value] of Object.entries(vars ?? {})) {
      names.set(key, this.#read(text, value, [...path, "vars", key], builtin) ?? "");
    }
    return names;
  }

  /** A replica's number can make a name too long that is not by itself. */
  #checkLength(name: string, path: Path): boolean {
    const reading = nameKind.read(name);
    if (!reading.ok) {
      this.#diagnostics.error("InvalidValue", [...path, "name"], "a replica's name is too long", {
        found: `${name.length} characters`,
        expected: nameKind.expected,
      });
    }
    return reading.ok;
  }

  #reportUnused(): void {
    const used = new Set(this.#spec.spec.instances.map(({ template }) => template));
    for (const key of this.#templates.keys()) {
      if (!used.has(key)) {
        this.#diagnostics.warn("Unused", ["spec", "templates", key], `no instance uses the template \`${key}\``, {
          part: "key",
        });
      }
    }
  }

  #read<T>(kind: Kind<T>, value: unknown, path: Path, names: ReadonlyMap<string, string>): T | undefined {
    if (value === undefined || value === null) return undefined;
    const scope = { env: this.#inputs.env, placeholders: names };
    return new Reader(new Map(), scope, this.#diagnostics).read(kind, { value, path });
  }
}
