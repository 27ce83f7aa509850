import type { EngineInfo, NetworkObservation, VolumeObservation } from "../observe/engine.ts";

/** Podman leaves out some of these. */
export interface InfoJson {
  readonly ID?: string;
  readonly Name?: string;
  readonly ServerVersion?: string;
  readonly OperatingSystem?: string;
  readonly DockerRootDir?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly SwapLimit?: boolean;
  readonly LoggingDriver?: string;
  readonly NCPU?: number;
  readonly MemTotal?: number;
  /** Podman's alone. */
  readonly BuildahVersion?: string;
}

export interface VolumeJson {
  readonly Name: string;
  readonly Driver: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

export interface NetworkJson extends VolumeJson {
  readonly Id: string;
}

export function readInfo(json: InfoJson, apiVersion: string): EngineInfo {
  const options = (json.SecurityOptions ?? []).flatMap((option) => option.split(","));
  return {
    id: readId(json),
    version: json.ServerVersion ?? "unknown",
    apiVersion,
    hostname: json.Name ?? "",
    operatingSystem: json.OperatingSystem ?? "unknown",
    idMapping: options.includes("name=rootless") ? "rootless" : options.includes("name=userns") ? "userns" : "none",
    // Podman does not say, and has it.
    swapLimit: json.SwapLimit ?? true,
    loggingDriver: json.LoggingDriver ?? "",
    cpus: json.NCPU ?? 0,
    memory: json.MemTotal ?? 0,
  };
}

/** Podman makes up a new id for every answer; host and storage say what it is as well. */
function readId({ ID, Name, DockerRootDir, BuildahVersion }: InfoJson): string {
  return BuildahVersion === undefined && ID ? ID : `${Name ?? ""}:${DockerRootDir ?? ""}`;
}

export function readVolume({ Name, Driver, Labels }: VolumeJson): VolumeObservation {
  return { name: Name, driver: Driver, labels: Labels ?? {} };
}

export function readNetwork({ Id, Name, Driver, Labels }: NetworkJson): NetworkObservation {
  return { id: Id, name: Name, driver: Driver, labels: Labels ?? {} };
}
