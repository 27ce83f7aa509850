import { diagnoseExec, type ExecReason } from "@fleet/core";
import type { RefusalReason } from "@fleet/runner";
import { dockerExec } from "./docker-exec.ts";
import { fleet } from "./fleet.ts";

export interface TaskRequest {
  readonly agent: string;
  readonly command: readonly string[];
  readonly workingDir?: string;
}

export interface Task extends Required<TaskRequest> {
  readonly id: string;
  outcome: Outcome;
}

type Outcome = {
  readonly state: "queued" | "running" | "done" | "failed" | "refused" | "cut" | "postponed";
  /** Why it did not do what it was to do. */
  readonly reason?: RefusalReason | ExecReason;
  readonly message?: string;
  /** Id of the one that it ran in. */
  readonly container?: string;
  readonly output?: string;
};

export const tasks = new Map<string, Task>();
/** The last task of each agent. */
const queues = new Map<string, Promise<void>>();
let draining = false;
const cancelled = new AbortController();

/** How often a task is begun that never began. */
const tries = 3;
/** Reasons for which a command did not run at all, and may when it is tried again. */
const passing = new Set<ExecReason>(["ContainerMissing", "ContainerStopped", "ContainerPaused", "ContainerRestarting"]);

/** One task at a time for each agent. Undefined once no more work is taken. */
export function accept({ agent, command, workingDir = "/agent-env/projects" }: TaskRequest): Task | undefined {
  if (draining) return undefined;
  const task: Task = { id: `task-${tasks.size + 1}`, agent, command, workingDir, outcome: { state: "queued" } };
  tasks.set(task.id, task);
  const before = queues.get(agent) ?? Promise.resolve();
  queues.set(
    agent,
    before.then(async () => {
      task.outcome = await run(task).catch((error): Outcome => ({ state: "failed", message: String(error) }));
    }),
  );
  return task;
}

/** No more work is begun; what runs has `deadline` milliseconds, and is cancelled then. */
export async function drain(deadline: number): Promise<void> {
  draining = true;
  const names = fleet.status().instances.map(({ instance }) => instance);
  await Promise.all(names.map((name) => fleet.drain(name, { deadline })));
  cancelled.abort();
  await Promise.all(queues.values());
}

async function run(task: Task): Promise<Outcome> {
  for (let left = tries; ; left -= 1) {
    if (draining) return { state: "postponed" };
    const { neverBegan, ...outcome } = await attempt(task);
    if (!neverBegan || left === 1) return outcome;
    // It went away between the lease and the command: fleet is to look again before the next try.
    await fleet.reconcile(task.agent);
  }
}

async function attempt(task: Task): Promise<Outcome & { readonly neverBegan?: boolean }> {
  const { id, agent, command, workingDir } = task;
  const { signal } = cancelled;
  const acquired = await fleet.acquire(agent, { holder: id, workingDir, ttl: 60_000, timeout: 60_000, signal });
  if (!acquired.ok) return { state: "refused", reason: acquired.reason, message: acquired.message };
  const { lease } = acquired;
  const heartbeat = setInterval(() => lease.renew(), 20_000);
  try {
    const container = lease.container.id;
    task.outcome = { state: "running", container };
    const ended = await dockerExec({ container, workingDir, command }, signal);
    const { output } = ended;
    const { reason, message, sure } = diagnoseExec(ended);
    if (reason === "Succeeded") return { state: "done", container, output };
    const state = reason === "CommandFailed" ? "failed" : "cut";
    return { state, reason, message, container, output, neverBegan: sure && passing.has(reason) };
  } finally {
    clearInterval(heartbeat);
    lease.release();
  }
}
