/** A loop over HTTP: apart from the rest, since a program that has a server of its own needs no other. */
export { type AppOptions, createApp, type HttpApp } from "./http/app.ts";
export type { Connection } from "./http/connection.ts";
export type { EventHistory, HistoryQuery, RecordedEvent } from "./http/event-history.ts";
export type { EventList } from "./http/event-list.ts";
export { journalHistory } from "./http/journal-history.ts";
export type { RefusalBody, RefusalCode } from "./http/refusal.ts";
export { type HttpServer, type ServeOptions, serve } from "./http/server.ts";
export type { TcpAddress } from "./http/tcp.ts";
