import { normalizePath } from "./mount-kinds.ts";

const sockets = [
  "/var/run/docker.sock",
  "/run/docker.sock",
  "/run/podman/podman.sock",
  "/var/run/podman/podman.sock",
  "/run/containerd/containerd.sock",
  "/var/run/containerd/containerd.sock",
  "/run/crio/crio.sock",
  "/var/run/crio/crio.sock",
];

const socketName = /\/(docker|podman|containerd|crio)\.sock$/;

const system: Readonly<Record<string, string>> = {
  "/dev": "holds the host's devices",
  "/etc": "holds the host's configuration and password hashes",
  "/root": "is root's home directory",
  "/var/lib/docker": "is the engine's own data",
};

/** Why a bind of `path` gives a container more than it likely should; undefined when it does not. */
export function whyDenied(path: string, home: string): string | undefined {
  if (path === "/") return "is the whole host";
  if (sockets.includes(path) || socketName.test(path))
    return "is an engine's socket: who can write to it owns the host";
  if (sockets.some((socket) => socket.startsWith(`${path}/`)))
    return "holds an engine's socket: who can write to it owns the host";
  if (path === "/proc" || path.startsWith("/proc/") || path === "/sys" || path.startsWith("/sys/")) {
    return "is the kernel's view of the host";
  }
  const homePath = normalizePath(home);
  if (path === homePath) return "is the home directory, with every key and token in it";
  if (homePath.startsWith(`${path}/`)) return "holds the home directory, with every key and token in it";
  return system[path];
}
