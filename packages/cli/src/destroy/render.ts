import type { Paint } from "@fleet/core";
import type { Belongings } from "./belongings.ts";

/** What goes with the containers, and what stays, as text; empty when there is neither. */
export function renderBelongings({ networks, volumes, kept }: Belongings, paint: Paint): string {
  const goes = [
    ...networks.map((name) => `network ${name}`),
    ...volumes.map((name) => `volume ${name}, with all that is in it`),
  ];
  const stays = [
    ...kept.networks.map((name) => `network ${name}, which other containers use`),
    ...kept.volumes.map((name) => `volume ${name}`),
    ...kept.sources,
  ];
  const text = list("Goes too:", goes, paint) + list("Stays:", stays, paint);
  return text === "" ? "" : `\n${text}`;
}

function list(title: string, items: readonly string[], paint: Paint): string {
  const lines = items.map(
    (item, index) => `${index === 0 ? paint("bold", title.padEnd(9)) : " ".repeat(9)}  ${item}\n`,
  );
  return lines.join("");
}
