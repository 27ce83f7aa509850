import { EventEmitter } from "node:events";
import { dockerEngine, type FleetEvent, type FleetSpec, localInputs, resolveEndpoint } from "@fleet/core";
import { defineFleet, openFleet } from "@fleet/runner";

const {
  AGENT_IMAGE = "claude-hooks:dev",
  CLAUDE_HOOKS_DIR = "~/.config/claude-hooks",
  FLEET_NAME = "claude-hooks",
  STATE_DIRECTORY,
} = process.env;

interface Agent {
  readonly type: string;
  readonly lifecycle: "hot" | "lazy";
  readonly model: string;
  readonly memory: string;
}

/** Plays the database: a row for each agent, which may change at any time. */
export const agents = new Map<string, Agent>([
  ["boss-default", { type: "boss", lifecycle: "hot", model: "large", memory: "256Mi" }],
  ["boss-2", { type: "boss", lifecycle: "lazy", model: "large", memory: "256Mi" }],
  ["dev-default", { type: "dev", lifecycle: "hot", model: "large", memory: "256Mi" }],
  ["dev-2", { type: "dev", lifecycle: "lazy", model: "large", memory: "256Mi" }],
  ["reviewer-default", { type: "reviewer", lifecycle: "hot", model: "small", memory: "256Mi" }],
  ["reviewer-2", { type: "reviewer", lifecycle: "lazy", model: "small", memory: "256Mi" }],
  ["designer-default", { type: "designer", lifecycle: "lazy", model: "small", memory: "256Mi" }],
  ["design-reviewer-default", { type: "design-reviewer", lifecycle: "lazy", model: "small", memory: "256Mi" }],
]);
const changes = new EventEmitter();

export function changeAgent(name: string, change: Partial<Agent>): void {
  const agent = agents.get(name);
  if (agent === undefined) throw new Error(`there is no agent ${name}`);
  agents.set(name, { ...agent, ...change });
  changes.emit("change");
}

function desiredFleet(): FleetSpec {
  return defineFleet({
    apiVersion: "fleet/v1",
    kind: "Fleet",
    metadata: { name: FLEET_NAME },
    spec: {
      policy: { stopGrace: "2s" },
      templates: {
        agent: {
          image: { ref: AGENT_IMAGE, pull: "never", track: "id" },
          user: "1000:1000",
          command: ["sleep", "infinity"],
          init: true,
          env: { AGENT_TYPE: "{type}", AGENT_MODEL: "{model}", FORGE_TOKEN: { secret: "FORGE_TOKEN" } },
          mounts: [
            { volume: "{fleet}-{name}-state", target: "/state" },
            {
              bind: `${CLAUDE_HOOKS_DIR}/agent-env/{type}/projects`,
              target: "/agent-env/projects",
              ownership: { uid: 1000, gid: 1000, mode: "0755", repair: "auto" },
            },
          ],
        },
      },
      instances: [...agents].map(([name, { type, lifecycle, model, memory }]) => ({
        name,
        template: "agent",
        vars: { type, model },
        lifecycle: lifecycle === "lazy" ? { kind: "lazy", idleStop: "5m" } : "hot",
        resources: { memory },
      })),
    },
  });
}

/** What a dashboard shows: `(name, data)` of each. */
export const dashboard = new EventEmitter();

const engine = dockerEngine(resolveEndpoint(localInputs()));

export const fleet = await openFleet({
  engine,
  spec: desiredFleet,
  watchSpec: (changed) => {
    changes.on("change", changed);
    return () => changes.off("change", changed);
  },
  // Plays the secret store.
  secrets: async (name) => process.env[name],
  ...(STATE_DIRECTORY && { stateFolder: STATE_DIRECTORY }),
  onEvent: (event) => {
    const name = dashboardName(event);
    if (name !== undefined) dashboard.emit("event", name, event);
  },
  afterReplace: (instance, ids) => dashboard.emit("event", "container_recreated", { instance, ...ids }),
});

export async function closeFleet(): Promise<void> {
  await fleet.stop();
  await engine.close();
}

function dashboardName({ reason, action }: FleetEvent): string | undefined {
  switch (reason) {
    case "ContainerVanished":
      return "container_missing";
    case "ContainerStoppedOutside":
    case "ContainerExited":
    case "ContainerDead":
    case "OutOfMemory":
      return "container_stopped";
    case "ActionDone":
      if (action?.reason === "Wanted") return "lazy_started";
      return action?.reason === "Idle" ? "lazy_stopped" : undefined;
    case "ActionFailed":
      if (action?.reason === "Wanted") return "lazy_start_failed";
      if (action?.reason === "Idle") return "lazy_stop_failed";
      return action?.kind === "createContainer" ? "container_recreate_failed" : undefined;
    default:
      return undefined;
  }
}
