import type { Connection } from "./connection.ts";
import { isLoopback } from "./loopback.ts";
import { Refusal } from "./refusal.ts";

/**
 * Refuses a request by a name that this server does not go by: a page from elsewhere can make its own name mean
 * 127.0.0.1, and would then read what is meant for this machine. `hosts` in lower case, without ports.
 */
export function checkHost(host: string, connection: Connection, hosts: ReadonlySet<string>): void {
  if (connection.kind === "unix") return;
  const name = nameOf(host);
  if (name !== undefined && (isLoopback(name) || hosts.has(name) || name === connection.host?.toLowerCase())) return;
  throw new Refusal(403, "Forbidden", `this server does not go by the name ${JSON.stringify(host)}`, {
    hint: "ask by a loopback address, or start the server with this name among its hosts",
  });
}

/** Without port and brackets, in lower case. */
function nameOf(host: string): string | undefined {
  if (!URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, "$1");
}
