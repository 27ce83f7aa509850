import { expect, test } from "vitest";
import { readInfo } from "./translate-engine.ts";

test("who answers", () => {
  expect(
    readInfo(
      {
        ID: "ABCD:EFGH",
        Name: "box",
        ServerVersion: "26.1.5",
        OperatingSystem: "Debian GNU/Linux 12",
        DockerRootDir: "/var/lib/docker",
        SecurityOptions: ["name=seccomp,profile=builtin", "name=userns"],
        LoggingDriver: "json-file",
        NCPU: 2,
        MemTotal: 1024,
      },
      "1.45",
    ),
  ).toEqual({
    id: "ABCD:EFGH",
    version: "26.1.5",
    apiVersion: "1.45",
    hostname: "box",
    operatingSystem: "Debian GNU/Linux 12",
    idMapping: "userns",
    swapLimit: true,
    loggingDriver: "json-file",
    cpus: 2,
    memory: 1024,
  });
});

test("C37: a rootless engine maps ids, and says so before userns", () => {
  const mappings = [
    ["name=seccomp,profile=default", "name=rootless"],
    ["name=userns"],
    ["name=seccomp,profile=default"],
    null,
  ].map((SecurityOptions) => readInfo({ SecurityOptions }, "1.41").idMapping);
  expect(mappings).toEqual(["rootless", "userns", "none", "none"]);
});

test("Podman makes up a new id each time: its host and storage stand for it", () => {
  const podman = { Name: "box", DockerRootDir: "/var/lib/containers/storage", BuildahVersion: "1.28.0" };
  const ids = ["1", "2"].map((ID) => readInfo({ ID, ...podman }, "1.41").id);
  expect(ids).toEqual(["box:/var/lib/containers/storage", "box:/var/lib/containers/storage"]);
});
