import { expect, test } from "vitest";
import { FleetError } from "../errors.ts";
import { atLeast, commonVersion } from "./api-version.ts";

const address = "unix:///run/docker.sock";

test.each([
  { engine: "20.10", range: { newest: "1.41", oldest: "1.12" }, common: "1.41" },
  { engine: "26", range: { newest: "1.45", oldest: "1.24" }, common: "1.45" },
  { engine: "28", range: { newest: "1.51", oldest: "1.24" }, common: "1.51" },
  { engine: "29, newer than we know", range: { newest: "1.52", oldest: "1.44" }, common: "1.51" },
  { engine: "Podman, which says no oldest", range: { newest: "1.41" }, common: "1.41" },
])("C63: the newest version that both speak: $engine", ({ range, common }) => {
  expect(commonVersion(address, range)).toBe(common);
});

test("C63: no common version is Unsupported, and says who is to be updated", () => {
  expect(() => commonVersion(address, { newest: "1.40", oldest: "1.12" })).toThrow(
    new FleetError("Unsupported", `The engine at ${address} speaks API 1.40 at most, and fleet needs 1.41 or newer.`, {
      hint: "Update the engine: API 1.41 came with Docker 20.10.",
    }),
  );
  expect(() => commonVersion(address, { newest: "1.70", oldest: "1.60" })).toThrow(
    new FleetError("Unsupported", `The engine at ${address} wants API 1.60 or newer, and fleet speaks 1.51 at most.`, {
      hint: "Update fleet.",
    }),
  );
});

test("versions compare part by part, not as decimals", () => {
  expect([atLeast("1.5", "1.41"), atLeast("1.41", "1.5"), atLeast("2.0", "1.41"), atLeast("1.44", "1.44")]).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
