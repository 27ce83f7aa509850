import { hostname, networkInterfaces } from "node:os";
import { type Journal, type LoopView, makeSocketFolder, readToken, socketPath } from "@fleet/runner";
import { createApp, type HttpServer, journalHistory, serve } from "@fleet/runner/http";
import type { Metrics } from "@fleet/runner/metrics";
import type { Program } from "../program.ts";
import { journalFolder } from "../state/folder.ts";
import { parseListenAddress } from "./listen-address.ts";
import type { Logger } from "./logger.ts";
import type { RunOptions } from "./options.ts";

export interface InterfacesOptions {
  readonly view: LoopView;
  readonly journal: Journal;
  readonly metrics: Metrics;
  /** Of the fleet's state. */
  readonly folder: string;
  readonly log: Logger;
}

/** Answers over HTTP: on the socket in the state folder, and where `--listen` says. */
export async function openInterfaces(
  program: Program,
  { listen, listenRemote, listenName }: Pick<RunOptions, "listen" | "listenRemote" | "listenName">,
  { view, journal, metrics, folder, log }: InterfacesOptions,
): Promise<HttpServer> {
  const { env, uid, clock } = program;
  const socket = socketPath(folder, { env, uid });
  await makeSocketFolder(socket, uid);
  const app = createApp({
    view,
    metrics,
    clock,
    history: journalHistory(journal, journalFolder(folder)),
    token: await readToken(folder),
    hosts: listenRemote ? [hostname(), ...ownAddresses(), ...listenName] : listenName,
    onError: (error) => log.error({ error: String(error) }, "an HTTP request failed"),
  });
  const tcp =
    listen === undefined ? {} : { tcp: { ...parseListenAddress(listen), allowRemote: listenRemote === true } };
  return serve({ app, socket, clock, ...tcp });
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
