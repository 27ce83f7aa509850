import { type ErrorCode, FleetError } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";

/** What was asked: `what` as it goes into messages ("start container web"), and the kind where the meaning of an answer hangs on it. */
export interface Question {
  readonly what: string;
  readonly kind?: "create" | "start" | "pull" | "exec";
}

interface Rule {
  readonly kind?: Question["kind"];
  readonly status?: number;
  readonly text?: RegExp;
  readonly code: ErrorCode;
  readonly hint?: string;
}

/**
 * What an engine's answer means; the first that fits. Text comes before status: engines use 400, 403, 404 and 500 for
 * things that have little to do with them, and a pull answers 200 before it fails.
 */
const rules: readonly Rule[] = [
  {
    text: /no space left on device|disk quota exceeded/i,
    code: "NoSpace",
    hint: "Free space on the engine's host: docker system df shows what takes it.",
  },
  {
    text: /toomanyrequests|too many requests|rate limit/i,
    code: "RateLimited",
    hint: "Wait, log in to the registry, or bring the image to the engine by other means.",
  },
  { status: 429, code: "RateLimited" },
  { text: /already in progress/i, code: "InProgress" },
  {
    text: /client version .* is too (new|old)/i,
    code: "Unsupported",
    hint: "The engine was exchanged for another version: the next call asks anew which one it speaks.",
  },
  {
    text: /HTTP request to an HTTPS server/i,
    code: "Invalid",
    hint: "The engine wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use a docker context that has certificates.",
  },
  {
    text: /does not support reading/i,
    code: "Unsupported",
    hint: "The container's log driver keeps nothing that could be read.",
  },
  // Both are 403, and neither is about permission.
  { text: /has active endpoints|already exists in network/i, code: "Conflict" },
  { text: /is not connected to (the )?network/i, code: "NotFound" },
  {
    text: /bind source path does not exist/i,
    code: "NotFound",
    hint: "Declare ownership for the source, so that fleet makes it, or make it on the engine's host.",
  },
  {
    kind: "create",
    text: /no such image/i,
    code: "NotFound",
    hint: "Pull or build it on the engine.",
  },
  {
    kind: "create",
    text: /is already in use by container/i,
    code: "Conflict",
    hint: "Rename or remove the container that has the name.",
  },
  {
    kind: "pull",
    text: /pull access denied|manifest unknown|manifest for .* not found|name unknown|not found/i,
    code: "NotFound",
    hint: "Check the reference, and whether the engine's host is logged in to the registry.",
  },
  {
    kind: "pull",
    text: /unauthorized|authentication required|access denied/i,
    code: "Forbidden",
    hint: "Log in to the registry.",
  },
  // A registry that is down is not an engine that is down: Refused is tried again, and Unreachable would hold the fleet.
  {
    kind: "pull",
    text: /dial tcp|dial udp|no such host|connection refused|i\/o timeout|TLS handshake|EOF/,
    code: "Refused",
    hint: "The engine's host does not reach the registry.",
  },
  // An engine forgets an exec together with the run of the container that it was in.
  {
    kind: "exec",
    text: /no such exec instance/i,
    code: "Refused",
    hint: "The container ended, or its engine was restarted, before the command was done. Look at the container.",
  },
  { kind: "exec", status: 409, code: "Refused" },
  { status: 401, code: "Forbidden" },
  {
    status: 403,
    code: "Forbidden",
    hint: "The engine or a proxy in front of its socket does not allow this call.",
  },
  { status: 407, code: "Forbidden" },
  { status: 404, code: "NotFound" },
  { status: 409, code: "Conflict" },
  { status: 501, code: "Unsupported" },
  { kind: "start", code: "Refused" },
  { kind: "pull", code: "Refused" },
];

/** The error for an answer that is not the one hoped for. `status` is the HTTP status, 200 inside a pull's stream. */
export function answerError({ what, kind }: Question, status: number, text: string): FleetError {
  const message = cleanMessage(text) || `the engine answered ${status} and no reason`;
  const rule = rules.find(
    (each) =>
      (each.kind === undefined || each.kind === kind) &&
      (each.status === undefined || each.status === status) &&
      (each.text === undefined || each.text.test(message)),
  );
  const code = rule?.code ?? (status >= 500 ? "Refused" : "Invalid");
  return new FleetError(code, `Cannot ${what}: ${message}`, {
    ...(rule?.hint === undefined ? {} : { hint: rule.hint }),
    ...(status === 200 ? {} : { status }),
  });
}

/** The engine's text without the layers that it went through, which say the same for every failure. */
export function cleanMessage(text: string): string {
  const bare = text
    .trim()
    .replace(/^Error response from daemon: /, "")
    .replace(
      /(failed to create (shim )?task( for container)?|OCI runtime create failed|runc create failed|container_linux\.go:\d+: starting container process caused|unable to start container process): /g,
      "",
    )
    .replace(/ \([0-9a-f]{64}\)/g, "")
    .replace(/: unknown$/, "");
  return shortIds(bare);
}

/** Ids as people know them. */
export function shortIds(text: string): string {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1");
}

/** The error for an exchange that ended without a whole answer. */
export function faultError({ what }: Question, endpoint: Endpoint, fault: unknown): FleetError {
  const { code = "", message = String(fault) } = fault as { code?: string; message?: string };
  const say = (as: ErrorCode, why: string, hint?: string): FleetError =>
    new FleetError(as, `Cannot ${what}: ${why}`, { cause: fault, ...(hint === undefined ? {} : { hint }) });
  if (endpoint.kind === "ssh" && code !== "") return sshFault(say, endpoint.address, code, message);
  switch (code) {
    case "EACCES":
    case "EPERM":
      return say(
        "Forbidden",
        `this user may not use ${endpoint.address} (${code}).`,
        "Join the group that owns the socket (sudo usermod -aG docker $USER, then log in again), or run as root.",
      );
    case "ENOENT":
      return say(
        "Unreachable",
        `there is no socket at ${endpoint.address}.`,
        "Start the engine (sudo systemctl start docker), or name another with --host, DOCKER_HOST or a docker context.",
      );
    case "ECONNREFUSED":
      return say(
        "Unreachable",
        `nobody listens at ${endpoint.address}.`,
        endpoint.kind === "unix"
          ? "The socket is there and its engine is not: start it (sudo systemctl start docker)."
          : "Check host and port, and that the engine listens on TCP.",
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return say("Unreachable", `the name in ${endpoint.address} does not resolve (${code}).`);
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return say("Unreachable", `the engine's certificate is not for ${endpoint.address}: ${message}`);
  }
  if (/CERT|ISSUER|SSL|EPROTO/.test(code)) {
    return say(
      "Unreachable",
      `no trusted TLS connection to ${endpoint.address} (${code}: ${message}).`,
      "Check DOCKER_CERT_PATH and the port: 2376 is usually TLS, 2375 is not.",
    );
  }
  return say("Unreachable", `no whole answer from ${endpoint.address} (${code || message}).`);
}

function sshFault(
  say: (as: ErrorCode, why: string, hint?: string) => FleetError,
  address: string,
  code: string,
  message: string,
): FleetError {
  if (code === "ENOENT") {
    return say(
      "Unsupported",
      `${address} needs the ssh program, and there is none on the PATH.`,
      "Install an OpenSSH client.",
    );
  }
  if (/permission denied/i.test(message)) {
    return say(
      "Forbidden",
      `${address} does not let this user in (${message}).`,
      "Make `ssh` to that host work without a question: a key, or an agent that holds it. On the far side the user needs the docker group.",
    );
  }
  if (/host key verification failed/i.test(message)) {
    return say(
      "Forbidden",
      `the host key of ${address} is not known (${message}).`,
      "Run ssh to that host once by hand.",
    );
  }
  if (/docker: .*not found|not found.*docker/i.test(message)) {
    return say(
      "Unreachable",
      `there is no docker program at ${address} (${message}).`,
      "Install the docker CLI there: it carries the connection.",
    );
  }
  return say("Unreachable", `no connection through ${address} (${message || code}).`);
}
