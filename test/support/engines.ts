/** One of the real engines that a test run was given. */
export interface RealEngine {
  /** `20.10`, `26`, … */
  readonly version: string;
  /** As DOCKER_HOST takes it. */
  readonly host: string;
}

/** The engines of this run, oldest first; throws when there are none, since a suite without them proves nothing. */
export function realEngines(text: string | undefined = process.env.FLEET_ENGINES): readonly RealEngine[] {
  if (text === undefined || text === "") {
    throw new Error(
      "FLEET_ENGINES is not set: these tests need real engines. Run them through `npm test`, which starts some.",
    );
  }
  const hosts = JSON.parse(text) as Record<string, string>;
  return Object.entries(hosts)
    .map(([version, host]) => ({ version, host }))
    .sort((a, b) => Number(a.version) - Number(b.version));
}
