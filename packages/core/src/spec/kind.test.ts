import { expect, test } from "vitest";
import { bytes, formatBytes, swapTotal } from "./bytes.ts";
import { capability } from "./capability.ts";
import { cpus, hostname, networkMode, pids, user } from "./container-kinds.ts";
import { anyTime, checkTime, duration, durationFrom, timeFrom, wholeSeconds } from "./duration.ts";
import { imageRef } from "./image.ts";
import { count, flag, type Kind, type Scalar } from "./kind.ts";
import { formatMode, mode } from "./mode.ts";
import { target } from "./mount-kinds.ts";
import { containerName, name } from "./name.ts";
import { percent } from "./percent.ts";
import { backoffFactor, breakerMissing } from "./policy-kinds.ts";
import { restart } from "./restart.ts";
import { securityOption } from "./security-option.ts";
import { signal } from "./signal.ts";

/** What each input reads as; `undefined` when refused. */
function readAll(kind: Kind<unknown>, ...inputs: readonly Scalar[]): unknown[] {
  return inputs.map((input) => {
    const reading = kind.read(input);
    return reading.ok ? reading.value : undefined;
  });
}

function hint(kind: Kind<unknown>, input: Scalar): string | undefined {
  const reading = kind.read(input);
  return reading.ok ? "read" : reading.hint;
}

test("sizes are powers of 1024 in every spelling", () => {
  expect(readAll(bytes, "512Mi", "2g", "4Gi", "1k", "1KB", "1KiB", "1.5g", "100", 100, "7b", "1 Gi", "1T")).toEqual([
    536870912, 2147483648, 4294967296, 1024, 1024, 1024, 1610612736, 100, 100, 7, 1073741824, 1099511627776,
  ]);
  expect(readAll(bytes, "", "Mi", "-1", "1.5", "1x", "1e3", true, -5, 1.5, "0x10")).toEqual(
    Array.from({ length: 10 }, () => undefined),
  );
  expect([hint(bytes, "9999999Ti"), hint(bytes, "1.5")]).toEqual([
    "it is more than any machine has",
    "it must come to a whole number of bytes",
  ]);
  expect([4294967296, 1536 * 1024 ** 2, 1000, 0].map(formatBytes)).toEqual(["4Gi", "1536Mi", "1000", "0"]);
  expect(readAll(swapTotal, "unlimited", -1, "-1", "4Gi", -2)).toEqual([-1, -1, -1, 4294967296, undefined]);
});

test("durations need a unit", () => {
  expect(readAll(duration, "5m", "1m30s", "500ms", "1.5s", "1h", "0s", "1h1m1s1ms")).toEqual([
    300000, 90000, 500, 1500, 3600000, 0, 3661001,
  ]);
  expect(readAll(duration, 5, "5", "", "s", "5 m", "1s1m", "1d", "-1s", "0.1ms", true)).toEqual(
    Array.from({ length: 10 }, () => undefined),
  );
  expect(hint(duration, 30)).toBe("a unit is missing: `30s`?");
  expect(readAll(checkTime, "1ms", "0s")).toEqual([1, undefined]);
  expect(readAll(wholeSeconds, "90s", "0s", "1500ms")).toEqual([90000, 0, undefined]);
  const { expected } = durationFrom(1500);
  expect(expected).toBe("a duration of at least `1.5s`");
  expect(readAll(durationFrom(1500), "1500ms", "1499ms", "1h", 2000)).toEqual([1500, undefined, 3_600_000, undefined]);
  expect(hint(durationFrom(1500), 2)).toBe("a unit is missing: `2s`?");
});

test("nothing takes longer than a timer can wait, and no kernel counts further", () => {
  expect(readAll(wholeSeconds, "168h", "169h")).toEqual([604_800_000, undefined]);
  expect(readAll(anyTime, "0s", "168h", "999999h")).toEqual([0, 604_800_000, undefined]);
  expect(hint(anyTime, "999999h")).toBe("it is more than `168h`");
  expect(readAll(timeFrom(1_000), "999ms", "1s", "99999h")).toEqual([undefined, 1_000, undefined]);
  expect(readAll(pids, 1, 4_194_304, 4_194_305, 9_007_199_254_740_991)).toEqual([1, 4_194_304, undefined, undefined]);
});

test("percentages have a sign", () => {
  expect(readAll(percent, "0%", "50%", "33.3%", "100%")).toEqual([0, 50, 33.3, 100]);
  expect(readAll(percent, "101%", "-1%", "%", "", "50 %", "50%%", "05%", "off", 50, "50", 0.5, true)).toEqual(
    Array.from({ length: 12 }, () => undefined),
  );
  expect(hint(percent, 50)).toBe("the sign is missing: `50%`?");
  expect(hint(percent, "101%")).toBe(undefined);
  expect(readAll(breakerMissing, "off", "50%", "OFF", false)).toEqual([100, 50, undefined, undefined]);
  expect(hint(breakerMissing, false)).toBe("write `off`");
  expect(readAll(backoffFactor, 1, 2, "1.5", 0.9, "-1", "x", Number.POSITIVE_INFINITY, true)).toEqual([
    1,
    2,
    1.5,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("C68: modes are octal, and a bare decimal number is refused with the two ways to write it", () => {
  expect(readAll(mode, "0755", "755", "0o755", "1777", "01777", "000", "0o0644")).toEqual([
    0o755, 0o755, 0o755, 0o1777, 0o1777, 0, 0o644,
  ]);
  expect(readAll(mode, 755, 493, "0888", "75", "rwx", "07777777", "")).toEqual(
    Array.from({ length: 7 }, () => undefined),
  );
  expect(hint(mode, 755)).toBe('write `"0755"` or `0755`: without the zero it is a decimal number');
  expect(formatMode(0o755)).toBe("0755");
});

test("C16: capabilities in any case, with or without CAP_", () => {
  expect(readAll(capability, "net_admin", "CAP_AUDIT_WRITE", "cap_Chown", "all", "NET_ADMINN")).toEqual([
    "NET_ADMIN",
    "AUDIT_WRITE",
    "CHOWN",
    "ALL",
    undefined,
  ]);
  expect(hint(capability, "NET_ADMINN")).toBe("did you mean `NET_ADMIN`?");
});

test("C22, C71: restart policies", () => {
  expect(readAll(restart, "no", "always", "unless-stopped", "on-failure", "on-failure:3", "on-failure:0", "")).toEqual([
    { policy: "no" },
    { policy: "always" },
    { policy: "unless-stopped" },
    { policy: "on-failure" },
    { policy: "on-failure", maxRetries: 3 },
    { policy: "on-failure" },
    undefined,
  ]);
  expect(hint(restart, false)).toBe('write `restart: "no"`');
  expect(hint(restart, "always:3")).toBe("only `on-failure` takes a number of retries");
  expect(hint(restart, "on-failure:x")).toBe("a whole number follows the colon");
  expect(hint(restart, "unless_stopped")).toBe("did you mean `unless-stopped`?");
});

test("signals by name or number", () => {
  expect(
    readAll(signal, "SIGTERM", "term", 15, "9", "SIGRTMIN+3", "rtmax-14", "SIGRTMIN+16", "SIGTREM", 0, 99),
  ).toEqual([
    "SIGTERM",
    "SIGTERM",
    "SIGTERM",
    "SIGKILL",
    "SIGRTMIN+3",
    "SIGRTMAX-14",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(hint(signal, "SIGTREM")).toBe("did you mean `SIGTERM`?");
});

test("C44: a user is text, also as a number", () => {
  expect(readAll(user, 1000, "1000:1000", "claude", "claude:claude", "", "a:b:c", "a b")).toEqual([
    "1000",
    "1000:1000",
    "claude",
    "claude:claude",
    undefined,
    undefined,
    undefined,
  ]);
});

test("C80: names are what engines take, at most 63 long, and leave two endings to replacements", () => {
  expect(readAll(name, "dev", "dev-2", "a.b_c", "1", "é", "-a", "", "a b", "a".repeat(63), "a".repeat(64))).toEqual([
    "dev",
    "dev-2",
    "a.b_c",
    "1",
    undefined,
    undefined,
    undefined,
    undefined,
    "a".repeat(63),
    undefined,
  ]);
  expect(hint(name, "a".repeat(300))).toBe("it is 300 characters long");
  expect(readAll(containerName, "ab", "a", "x.next", "x.old", "a".repeat(128), "a".repeat(129))).toEqual([
    "ab",
    undefined,
    undefined,
    undefined,
    "a".repeat(128),
    undefined,
  ]);
});

test("image references", () => {
  const id = `sha256:${"a".repeat(64)}`;
  const good = ["nginx", "nginx:1.27", "claude-hooks:dev", "r:5000/team/app:v1", `app@${id}`, `r.io/a/b:t@${id}`, id];
  expect(readAll(imageRef, ...good)).toEqual(good);
  expect(readAll(imageRef, "", "UPPER", "a b", "a:", ":tag", "a//b", "a:tag:tag")).toEqual(
    Array.from({ length: 7 }, () => undefined),
  );
  expect(hint(imageRef, "Nginx:1")).toBe("repository names are lower case");
});

test("security options as the engine's API takes them", () => {
  const good = [
    "no-new-privileges",
    "no-new-privileges:true",
    "label=disable",
    "apparmor=unconfined",
    "seccomp=unconfined",
    'seccomp={"a":1}',
  ];
  expect(readAll(securityOption, ...good)).toEqual(good);
  expect(readAll(securityOption, "seccomp=./profile.json", "systempaths=unconfined", "x", "label")).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(hint(securityOption, "seccomp=./p.json")).toBe("the engine takes a profile's text, not its path");
});

test("flags, counts, cores, modes, paths and host names", () => {
  expect(readAll(flag, true, "true", "False", "yes", 1)).toEqual([true, true, false, undefined, undefined]);
  expect(hint(flag, "yes")).toBe("write `true`");
  expect(readAll(count(1, 64), 1, "64", 65, 0, 1.5, "08", "1e1")).toEqual([
    1,
    64,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(readAll(cpus, 1.5, "0.5", ".5", "1.50", 0, -1, 0.001)).toEqual([
    1.5,
    0.5,
    0.5,
    1.5,
    undefined,
    undefined,
    undefined,
  ]);
  expect(readAll(networkMode, "host", "container:db", "container:", "web")).toEqual([
    "host",
    "container:db",
    undefined,
    undefined,
  ]);
  expect(hint(networkMode, "web")).toBe("a network of your own goes under `networks: [web]`");
  expect(readAll(target, "/d/", "//a//b/../c", "/", "d", "/./")).toEqual([
    "/d",
    "/a/c",
    undefined,
    undefined,
    undefined,
  ]);
  expect(readAll(hostname, "a", "a.b-c", "-a", "a_b", "a".repeat(64))).toEqual([
    "a",
    "a.b-c",
    undefined,
    undefined,
    undefined,
  ]);
});
