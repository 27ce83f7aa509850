import type { ImageObservation } from "../observe/image.ts";
import { type HealthcheckJson, readEnv, readHealthcheck } from "./translate-config.ts";

export interface ImageJson {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly Config?: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Healthcheck?: HealthcheckJson | null;
    readonly StopSignal?: string;
    readonly Volumes?: Readonly<Record<string, unknown>> | null;
  } | null;
}

export function readImage({ Id, RepoTags, RepoDigests, Config: config }: ImageJson): ImageObservation {
  const healthcheck = readHealthcheck(config?.Healthcheck);
  return {
    id: imageId(Id),
    tags: [...(RepoTags ?? [])].sort(),
    digests: [...(RepoDigests ?? [])].sort(),
    defaults: {
      ...(config?.Entrypoint?.length ? { entrypoint: config.Entrypoint } : {}),
      ...(config?.Cmd?.length ? { command: config.Cmd } : {}),
      env: readEnv(config?.Env) ?? {},
      ...(config?.User ? { user: config.User } : {}),
      ...(config?.WorkingDir ? { workingDir: config.WorkingDir } : {}),
      labels: config?.Labels ?? {},
      ...(healthcheck === undefined ? {} : { healthcheck }),
      ...(config?.StopSignal ? { stopSignal: config.StopSignal } : {}),
      volumes: Object.keys(config?.Volumes ?? {}).sort(),
    },
  };
}

/** Podman leaves the algorithm out. */
export function imageId(text: string): string {
  return /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : text;
}
