import { dependencyCondition } from "./dependency-kinds.ts";
import { compareText, type Diagnostics } from "./diagnostic.ts";
import type { Dependency } from "./instance.ts";
import { name as nameKind } from "./name.ts";
import type { Path } from "./path.ts";
import type { Placed } from "./placed.ts";
import { entriesOf, type Reader } from "./reader.ts";
import { didYouMean } from "./suggest.ts";

/** A dependency as written: its name may be that of several replicas. */
export interface WrittenDependency {
  readonly name: string;
  /** The name, or its text when a variable is in it. */
  readonly shown: string;
  readonly condition: Dependency["condition"];
  readonly path: Path;
}

export function readDependencies(reader: Reader): readonly WrittenDependency[] {
  const dependencies: WrittenDependency[] = [];
  for (const [key, written] of reader.below("dependsOn")) {
    const name = reader.read(nameKind, { value: key, path: written.path });
    const entry = entriesOf(written).get("condition");
    const condition = entry === undefined ? "started" : reader.read(dependencyCondition, entry);
    if (name !== undefined && condition !== undefined) {
      dependencies.push({ name, shown: key.includes("$") ? key : name, condition, path: written.path });
    }
  }
  return dependencies;
}

/** What each instance waits for, by its name. A name that stands for replicas means all of them. */
export function linkDependencies(
  instances: readonly Placed[],
  diagnostics: Diagnostics,
): ReadonlyMap<string, readonly Dependency[]> {
  const links = new Map<string, readonly Dependency[]>();
  for (const instance of instances) {
    const found = instance.dependencies.flatMap((dependency) => {
      const targets = instances.filter(({ spec, base }) => spec.name === dependency.name || base === dependency.name);
      if (targets.length === 0) reportUnknown(dependency, instances, diagnostics);
      return targets.map((target) => {
        checkCondition(dependency, target, diagnostics);
        return { instance: target.spec.name, condition: dependency.condition };
      });
    });
    const unique = new Map(found.map((dependency) => [dependency.instance, dependency]));
    links.set(
      instance.spec.name,
      [...unique.values()].sort((a, b) => compareText(a.instance, b.instance)),
    );
  }
  reportCycles(instances, links, diagnostics);
  return links;
}

function reportUnknown(
  { name, shown, path }: WrittenDependency,
  instances: readonly Placed[],
  diagnostics: Diagnostics,
): void {
  const known = [...new Set(instances.flatMap(({ spec, base }) => [spec.name, base]))].sort(compareText);
  diagnostics.error("UnknownInstance", path, `there is no instance \`${shown}\``, {
    part: "key",
    hint: didYouMean(name, known),
    expected: `one of ${known.join(", ")}`,
  });
}

function checkCondition({ name, condition, path }: WrittenDependency, target: Placed, diagnostics: Diagnostics): void {
  const place = condition === "started" ? path : [...path, "condition"];
  const { kind } = target.spec.lifecycle;
  if (kind === "lazy") {
    diagnostics.error("Conflict", path, `\`${name}\` is lazy: it runs only while somebody uses it`, {
      hint: "give it `lifecycle: hot`, or take this dependency away",
    });
  } else if (condition === "completed" && kind !== "oneshot") {
    diagnostics.error("Conflict", place, `\`${name}\` never completes: it is always on`, {
      hint: "give it `lifecycle: oneshot`, or wait for `started` or `healthy`",
    });
  }
  if (condition === "healthy" && target.spec.config.healthcheck?.test?.[0] === "NONE") {
    diagnostics.error("Conflict", place, `\`${name}\` is never healthy: its health check is disabled`, {
      hint: "wait for `started`",
    });
  }
}

/** Each cycle once, at its instance that comes first by name. */
function reportCycles(
  instances: readonly Placed[],
  links: ReadonlyMap<string, readonly Dependency[]>,
  diagnostics: Diagnostics,
): void {
  const done = new Set<string>();
  for (const start of [...links.keys()].sort(compareText)) {
    const trail: string[] = [];
    const walk = (name: string): void => {
      const at = trail.indexOf(name);
      if (at !== -1) {
        const cycle = trail.slice(at);
        const instance = instances.find(({ spec }) => spec.name === name);
        const next = cycle[1] ?? name;
        const dependency = instance?.dependencies.find((written) => written.name === next);
        diagnostics.error(
          "Cycle",
          dependency?.path ?? [...(instance?.path ?? []), "dependsOn"],
          cycle.length === 1 ? `\`${name}\` depends on itself` : "instances wait for each other",
          { found: [...cycle, name].join(" → "), hint: "take one of these dependencies away", part: "key" },
        );
        return;
      }
      if (done.has(name)) return;
      trail.push(name);
      for (const { instance } of links.get(name) ?? []) walk(instance);
      trail.pop();
      done.add(name);
    };
    walk(start);
  }
}
