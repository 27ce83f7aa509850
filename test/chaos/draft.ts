import type { Dice } from "./dice.ts";

interface Agent {
  readonly type: string;
  readonly revision: number;
  readonly memory: number;
}

const types = ["boss", "dev", "reviewer"];
/** Agents that a burst may add, over those that stay. */
const extras = 2;

/** A fleet's spec that changes again and again: eight agents of three types, a job, and one that waits for an agent. */
export class Draft {
  /** The percentage of the breaker. */
  breaker = "off";
  readonly #agents = new Map<string, Agent>();
  #added = 0;

  constructor() {
    for (let index = 0; index < 8; index += 1) this.#add(`agent-${index}`);
  }

  /** Names of all instances that run, sorted. */
  get running(): readonly string[] {
    return [...this.#agents.keys(), "late"].sort();
  }

  /** Of all instances, sorted. */
  get names(): readonly string[] {
    return [...this.running, "job"].sort();
  }

  /** Bind sources, below the fleet's folder, each shared by the agents of a type. */
  get sources(): readonly string[] {
    return types.flatMap((type) => [`env/${type}`, `env/${type}/projects`]);
  }

  /** Changes something; the name of the instance that it concerns. */
  edit(dice: Dice): string {
    const added = [...this.#agents.keys()].filter((name) => name.startsWith("extra-"));
    const name = dice.one([...this.#agents.keys()]);
    const agent = this.#agents.get(name) as Agent;
    switch (dice.below(4)) {
      case 0:
        if (added.length < extras) {
          this.#added += 1;
          return this.#add(`extra-${this.#added}`);
        }
        this.#agents.delete(added[0] ?? "");
        return added[0] ?? "";
      case 1:
        this.#agents.set(name, { ...agent, memory: 96 - agent.memory });
        return name;
      default:
        this.#agents.set(name, { ...agent, revision: agent.revision + 1 });
        return name;
    }
  }

  /** What stands below `spec:`. */
  body(): string {
    return `
  policy:
    orphans: remove
    maxUnavailable: 3
    resync: 1s
    deepResync: 15s
    stopGrace: 1s
    backoff: { base: 200ms, cap: 2s, reset: 3s }
    breaker: { missing: ${this.breaker}, window: 10s }
    heal: { staleMount: restart }
  templates:
    agent:
      image: fleet-test:1
      user: "1000:1000"
      restart: unless-stopped
      networks: ["{fleet}-net"]
      mounts:
        - { volume: "{fleet}-{name}-state", target: /state }
        - { bind: "./env/{type}", target: /env, ownership: { uid: 1000, gid: 1000, mode: "0755" } }
        - { bind: "./env/{type}/projects", target: /env/projects, ownership: { uid: 1000, gid: 1000, mode: "0755" } }
  instances:
    - { name: job, image: "fleet-test:1", lifecycle: oneshot, command: [sh, -c, "sleep 0.2"] }
    - { name: late, image: "fleet-test:1", dependsOn: { agent-0: { condition: started } } }
${[...this.#agents].map(([name, agent]) => `    - ${row(name, agent)}`).join("\n")}`;
  }

  #add(name: string): string {
    this.#agents.set(name, { type: types[this.#agents.size % types.length] ?? "", revision: 0, memory: 32 });
    return name;
  }
}

function row(name: string, { type, revision, memory }: Agent): string {
  const resources = `resources: { memory: ${memory}Mi }`;
  return `{ name: ${name}, template: agent, vars: { type: ${type} }, env: { REVISION: "${revision}" }, ${resources} }`;
}

/** What stands in the file in place of a spec that holds. */
export const broken: readonly string[] = [
  "apiVersion: [",
  "spec: 7",
  "apiVersion: fleet/v1\nkind: Fleet\nspecc: {}\n",
  "",
];
