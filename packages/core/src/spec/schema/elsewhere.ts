import { formatPath, type Path } from "../path.ts";
import { relabel } from "../short-mount.ts";

/** What other tools call things, and what to write here. */
const names: Readonly<Record<string, string>> = {
  build: "fleet runs images; build them first",
  cap_add: "write `capabilities: { add: […] }`",
  cap_drop: "write `capabilities: { drop: […] }`",
  capAdd: "write `capabilities: { add: […] }`",
  capDrop: "write `capabilities: { drop: […] }`",
  container_name: "the fleet's `naming` makes container names",
  containerName: "the fleet's `naming` makes container names",
  cpus: "write `resources: { cpus: … }`",
  deploy: "limits go under `resources`, the number of containers is `replicas`",
  env_file: "write `envFile`",
  environment: "write `env`",
  links: "containers of one network reach each other by alias: see `networks`",
  mem_limit: "write `resources: { memory: … }`",
  mem_reservation: "write `resources: { reservation: … }`",
  memory: "write `resources: { memory: … }`",
  memswap_limit: "write `resources: { swap: … }`",
  pids_limit: "write `resources: { pids: … }`",
  pull_policy: "write `image: { ref: …, pull: … }`",
  services: "write `instances`, a list",
  shm_size: "write `resources: { shm: … }`",
  stdin_open: "write `stdin`",
  stop_grace_period: "write `stop: { gracePeriod: … }`",
  stop_signal: "write `stop: { signal: … }`",
  ulimits: "write `resources: { ulimits: … }`",
  volumes: "write `mounts`",
};

const mountNames: Readonly<Record<string, string>> = {
  allow: "only a bind has it",
  destination: "write `target`",
  ownership: "only a bind has it: the engine makes volumes and tmpfs with the image's owner",
  propagation: "only a bind has it",
  source: "write `bind: PATH` or `volume: NAME`",
  src: "write `bind: PATH` or `volume: NAME`",
};

/** What to do about a key that belongs elsewhere or is another tool's; undefined when there is nothing to say. */
export function elsewhere(key: string, path: Path): string | undefined {
  const inMount = /\.mounts\[\d+\]$/.test(formatPath(path));
  if (/^(z|selinux|relabel)$/i.test(key)) return relabel;
  if (inMount) return mountNames[key];
  return Object.hasOwn(names, key) ? names[key] : undefined;
}
