import { diagnoseExec } from "@fleet/core";
import { dockerExec } from "./docker-exec.mjs";
import { fleet } from "./fleet.mjs";

/**
 * @typedef {object} TaskRequest
 * @property {string} agent
 * @property {readonly string[]} command
 * @property {string} [workingDir]
 *
 * @typedef {Required<TaskRequest> & { id: string, outcome: Outcome }} Task
 *
 * @typedef {object} Outcome
 * @property {"queued" | "running" | "done" | "failed" | "refused" | "cut" | "postponed"} state
 * @property {import("@fleet/runner").RefusalReason | import("@fleet/core").ExecReason} [reason] why it did not do what it was to do
 * @property {string} [message]
 * @property {string} [container] id of the one that it ran in
 * @property {string} [output]
 */

/** @type {Map<string, Task>} */
export const tasks = new Map();
/** @type {Map<string, Promise<void>>} the last task of each agent */
const queues = new Map();
let draining = false;
const cancelled = new AbortController();

/** How often a task is begun that never began. */
const tries = 3;
/** @type {Set<import("@fleet/core").ExecReason>} for which a command did not run at all, and may when it is tried again */
const passing = new Set(["ContainerMissing", "ContainerStopped", "ContainerPaused", "ContainerRestarting"]);

/**
 * One task at a time for each agent. Undefined once no more work is taken.
 *
 * @param {TaskRequest} request
 */
export function accept({ agent, command, workingDir = "/agent-env/projects" }) {
  if (draining) return undefined;
  /** @type {Task} */
  const task = { id: `task-${tasks.size + 1}`, agent, command, workingDir, outcome: { state: "queued" } };
  tasks.set(task.id, task);
  const before = queues.get(agent) ?? Promise.resolve();
  queues.set(
    agent,
    before.then(async () => {
      task.outcome = await run(task).catch((error) => ({ state: "failed", message: String(error) }));
    }),
  );
  return task;
}

/** No more work is begun; what runs has `deadline` milliseconds, and is cancelled then. */
export async function drain(/** @type {number} */ deadline) {
  draining = true;
  const names = fleet.status().instances.map(({ instance }) => instance);
  await Promise.all(names.map((name) => fleet.drain(name, { deadline })));
  cancelled.abort();
  await Promise.all(queues.values());
}

/** @type {(task: Task) => Promise<Outcome>} */
async function run(task) {
  for (let left = tries; ; left -= 1) {
    if (draining) return { state: "postponed" };
    const { neverBegan, ...outcome } = await attempt(task);
    if (!neverBegan || left === 1) return outcome;
    // It went away between the lease and the command: fleet is to look again before the next try.
    await fleet.reconcile(task.agent);
  }
}

/** @type {(task: Task) => Promise<Outcome & { neverBegan?: boolean }>} */
async function attempt(task) {
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
