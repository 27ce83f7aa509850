import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Outcome, Workbench } from "../cli/command.ts";
import { ask } from "../support/ask.ts";
import { type RealEngine, realEngines } from "../support/engines.ts";
import { Operator } from "../support/operator.ts";
import { type Identity, World } from "../support/world.ts";

let benches = 0;

/** A fleet `a` and `b`, and the command on a real engine. */
class Busy {
  readonly name: string;
  readonly bench = new Workbench();
  readonly #host: string;
  readonly #world: World;
  readonly #operator: Operator;

  constructor({ host }: RealEngine) {
    benches += 1;
    this.name = `busy${process.pid}x${benches}`;
    this.#host = host;
    this.#world = new World(host);
    this.#operator = new Operator(host);
    onTestFinished(async () => {
      await this.#operator.clean(this.name);
      this.bench.remove();
    });
  }

  /** Another revision is another environment: only a replacement brings it about. */
  write(revision: number): this {
    this.bench.write(
      "fleet.yaml",
      `
apiVersion: fleet/v1
kind: Fleet
metadata: { name: ${this.name} }
spec:
  templates:
    worker: { image: "fleet-test:1", init: true, env: { REV: "${revision}" }, stop: { gracePeriod: 1s } }
  instances:
    - { name: a, template: worker }
    - { name: b, template: worker }
`,
    );
    return this;
  }

  fleet(args: string): Promise<Outcome> {
    return this.bench.run([...args.split(" "), "--host", this.#host, "--state", this.bench.folder]);
  }

  containers(): Promise<Readonly<Record<string, Identity>>> {
    return this.#world.containers(`${this.name}-`);
  }

  lease(instance: string, holder: string): Promise<void> {
    return this.bench.lease(instance, holder, join(this.bench.folder, this.name));
  }

  /** `docker exec -d` of something that goes on until somebody says `go` in its container. */
  async begin(instance: string): Promise<string> {
    const Cmd = ["sh", "-c", "until [ -e /tmp/go ]; do sleep 0.05; done"];
    const { Id } = (await ask(this.#host, "POST", `/containers/${this.name}-${instance}/exec`, { Cmd })) as {
      Id: string;
    };
    await ask(this.#host, "POST", `/exec/${Id}/start`, { Detach: true });
    return Id;
  }

  async go(instance: string): Promise<void> {
    await this.#operator.exec(`${this.name}-${instance}`, ["touch", "/tmp/go"]);
  }

  async exec(id: string): Promise<{ readonly Running: boolean; readonly ExitCode: number | null }> {
    return (await ask(this.#host, "GET", `/exec/${id}/json`)) as { Running: boolean; ExitCode: number | null };
  }
}

const outcomes = ({ stdout }: Outcome): readonly string[] =>
  (JSON.parse(stdout).outcomes as readonly { instance: string; result: string; message?: string }[]).map(
    ({ instance, result, message }) => [instance, result, ...(message === undefined ? [] : [message])].join(" "),
  );

describe.each(realEngines())("work inside, on engine $version", (real) => {
  test("an exec outlives an apply, ends by itself, and the next apply replaces its container", async () => {
    const busy = new Busy(real).write(1);
    expect((await busy.fleet("apply --yes")).code).toBe(0);
    const before = await busy.containers();
    const exec = await busy.begin("a");
    busy.write(2);
    expect((await busy.fleet("plan")).stdout).toMatch(
      / {2}± a {2}replace {3}differs {2}deferred: 1 running exec inside\n/,
    );

    const applied = await busy.fleet("apply --yes -o json");
    expect(applied.code).toBe(4);
    expect(outcomes(applied)).toEqual(["a blocked 1 running exec inside", "b changed"]);
    expect(await busy.exec(exec)).toMatchObject({ Running: true });
    const after = await busy.containers();
    expect(after.a).toEqual(before.a);
    expect(after.b?.id).not.toBe(before.b?.id);

    await busy.go("a");
    await expect.poll(() => busy.exec(exec), { timeout: 20_000 }).toMatchObject({ Running: false, ExitCode: 0 });
    const next = await busy.fleet("apply --yes -o json");
    expect([next.code, outcomes(next)]).toEqual([0, ["a changed", "b unchanged"]]);
    expect((await busy.containers()).a?.id).not.toBe(before.a?.id);
  });

  test("a lease that whoever kept the fleet left behind holds up what would cut it", async () => {
    const busy = new Busy(real).write(1);
    await busy.fleet("apply --yes");
    const before = await busy.containers();
    await busy.lease("a", "task-4711");
    busy.write(2);
    const applied = await busy.fleet("apply --yes -o json");
    expect([applied.code, outcomes(applied)]).toEqual([4, ["a blocked 1 task inside (task-4711, 3m)", "b changed"]]);
    expect((await busy.containers()).a).toEqual(before.a);
  });

  test("--force cuts it", async () => {
    const busy = new Busy(real).write(1);
    await busy.fleet("apply --yes");
    const before = await busy.containers();
    await busy.begin("a");
    busy.write(2);
    const cut = await busy.fleet("apply --yes --force -o json");
    expect([cut.code, outcomes(cut)]).toEqual([0, ["a changed", "b changed"]]);
    expect((await busy.containers()).a?.id).not.toBe(before.a?.id);
  });

  test("destroy leaves it, and removes the rest; --force removes all", async () => {
    const busy = new Busy(real).write(1);
    await busy.fleet("apply --yes");
    const exec = await busy.begin("a");
    const first = await busy.fleet("destroy --yes -o json");
    expect([first.code, outcomes(first)]).toEqual([4, ["a blocked 1 running exec inside", "b removed"]]);
    expect(await busy.exec(exec)).toMatchObject({ Running: true });
    expect(Object.keys(await busy.containers())).toEqual(["a"]);
    const second = await busy.fleet("destroy --yes --force -o json");
    expect([second.code, outcomes(second)]).toEqual([0, ["a removed"]]);
    expect(await busy.containers()).toEqual({});
  });
});
