import type { MemoryContainer, MemoryExec, MemoryState } from "./memory-state.ts";

/** What would otherwise be looked for among all containers. */
interface MemoryIndex {
  readonly byName: Map<string, MemoryContainer>;
  /** Those that something may happen to by itself. */
  readonly timed: Set<MemoryContainer>;
}

/** Not part of the state: one that comes from a file gets its own. */
const indexes = new WeakMap<MemoryState["containers"], MemoryIndex>();

export function indexOf({ containers }: Pick<MemoryState, "containers">): MemoryIndex {
  const known = indexes.get(containers);
  if (known !== undefined) return known;
  const all = Object.values(containers);
  const index = { byName: new Map(all.map((container) => [container.name, container])), timed: new Set(all) };
  indexes.set(containers, index);
  return index;
}

export function putContainer(state: MemoryState, container: MemoryContainer): void {
  indexOf(state).byName.set(container.name, container);
  state.containers[container.id] = container;
}

export function takeContainer(state: MemoryState, { id, name }: MemoryContainer): void {
  indexOf(state).byName.delete(name);
  delete state.containers[id];
}

export function nameContainer(state: MemoryState, container: MemoryContainer, name: string): void {
  const { byName } = indexOf(state);
  byName.delete(container.name);
  container.name = name;
  byName.set(name, container);
}

/** One that ends by itself ends on time. */
export function putExec(state: MemoryState, container: MemoryContainer, exec: MemoryExec): void {
  container.execs = [...container.execs, exec];
  indexOf(state).timed.add(container);
}

/** Sets when something happens to a container by itself. */
export function schedule(state: MemoryState, container: MemoryContainer, due: MemoryContainer["due"]): void {
  container.due = due;
  if (Object.keys(due).length > 0) indexOf(state).timed.add(container);
}
