import { expect, test } from "vitest";
import { type ContainerJson, readContainer, readSummary } from "./translate-container.ts";

const id = "30be0332233a6d111bc1b6f8c37b9a725ee3b28dfcf7ebf69c5aa128d3e13663";

function inspected(State: ContainerJson["State"], RestartCount = 0): ContainerJson {
  return {
    Id: id,
    Name: "/web",
    Image: "sha256:aa",
    Created: "2026-01-02T03:04:05.123456789Z",
    RestartCount,
    State,
    Config: { Image: "app:1", Labels: { a: "b" } },
    HostConfig: {},
    NetworkSettings: { Networks: { bridge: {} } },
  };
}

const never = "0001-01-01T00:00:00Z";
const started = "2026-01-02T03:04:06Z";
const finished = "2026-01-02T03:04:07Z";

test("a container that was created and failed to start has the engine's reason and no exit code", () => {
  const json = inspected({
    Status: "created",
    Pid: 0,
    ExitCode: 127,
    Error: "no /nope",
    StartedAt: never,
    FinishedAt: never,
  });
  expect(readContainer(json)).toEqual({
    id,
    name: "web",
    imageId: "sha256:aa",
    labels: { a: "b" },
    phase: "created",
    config: { image: "app:1", labels: { a: "b" }, restart: { policy: "no" } },
    state: { phase: "created", error: "no /nope", oomKilled: false, restartCount: 0, pid: 0 },
    createdAt: Date.UTC(2026, 0, 2, 3, 4, 5, 123),
  });
});

test("C50: one that has exited has the code of its last run", () => {
  const json = inspected({
    Status: "exited",
    Pid: 0,
    ExitCode: 128,
    OOMKilled: true,
    StartedAt: started,
    FinishedAt: finished,
  });
  expect(readContainer(json).state).toEqual({
    phase: "exited",
    exitCode: 128,
    oomKilled: true,
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 6),
    finishedAt: Date.UTC(2026, 0, 2, 3, 4, 7),
    restartCount: 0,
    pid: 0,
  });
});

test("one that runs has no exit code, though the engine writes 0", () => {
  const json = inspected(
    { Status: "running", Pid: 42, ExitCode: 0, StartedAt: started, FinishedAt: never, Health: { Status: "healthy" } },
    3,
  );
  expect(readContainer(json).state).toEqual({
    phase: "running",
    oomKilled: false,
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 6),
    health: "healthy",
    restartCount: 3,
    pid: 42,
  });
});

test("of a health check's runs the last is taken, and no more than 4 KiB of what it wrote", () => {
  const log = [
    { ExitCode: 0, Output: "ok" },
    { ExitCode: 1, Output: "x".repeat(5_000) },
  ];
  const health = { Status: "unhealthy", Log: log };
  const json = inspected({ Status: "running", Pid: 42, StartedAt: started, Health: health });
  expect(readContainer(json).state.lastCheck).toEqual({ exitCode: 1, output: "x".repeat(4_096) });
  const early = inspected({
    Status: "running",
    Pid: 42,
    StartedAt: started,
    Health: { Status: "starting", Log: null },
  });
  expect(readContainer(early).state).not.toHaveProperty("lastCheck");
});

test("a health of none is none", () => {
  const json = inspected({ Status: "running", Pid: 42, StartedAt: started, Health: { Status: "none" } });
  expect(readContainer(json).state.health).toBeUndefined();
});

test("a row of a list takes the container's own name, not a link's", () => {
  const row = { Id: id, Names: ["/other/alias", "/web"], ImageID: "aa".repeat(32), Labels: null, State: "running" };
  expect(readSummary(row)).toEqual({
    id,
    name: "web",
    imageId: `sha256:${"aa".repeat(32)}`,
    labels: {},
    phase: "running",
  });
});

test("a container under removal may have no name left", () => {
  const row = { Id: id, Names: null, ImageID: "sha256:aa", State: "removing" };
  expect(readSummary(row)).toMatchObject({ name: "30be0332233a", phase: "removing" });
});

test("Podman's words for phases, and words that nobody knows yet", () => {
  const phases = ["configured", "stopped", "stopping", "dead", "zombie"].map(
    (State) => readSummary({ Id: id, Names: ["/web"], ImageID: "sha256:aa", State }).phase,
  );
  expect(phases).toEqual(["created", "exited", "running", "dead", "dead"]);
});
