/** What a unit is made for. */
export interface UnitRequest {
  readonly scope: "system" | "user";
  readonly fleet: string;
  /** Absolute paths: the interpreter and the script. */
  readonly executable: readonly string[];
  /** After `fleet run`. */
  readonly arguments: readonly string[];
  /** What finds the engine, taken over from the shell. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The text of a unit. Nothing in it narrows what the process may reach: bind sources may be anywhere, and making them
 * the right user's takes root's capabilities.
 */
export function systemdUnit({ scope, fleet, executable, environment, ...rest }: UnitRequest): string {
  const system = scope === "system";
  const name = `fleet-${fleet}.service`;
  const folder = system ? "/etc/systemd/system" : "~/.config/systemd/user";
  const systemctl = system ? "systemctl" : "systemctl --user";
  const command = [...executable, "run", ...rest.arguments].map(word).join(" ");
  return `# Save it as ${folder}/${name}, then:
#   ${systemctl} daemon-reload && ${systemctl} enable --now ${name}
${system ? "" : "# It ends with your last session, unless: loginctl enable-linger\n"}[Unit]
Description=${fleet.replaceAll("%", "%%")}: containers kept by fleet
${system ? "# Only the order: the engine may come, go and restart, and is waited for.\nAfter=docker.service network-online.target\nWants=network-online.target\n" : ""}
[Service]
Type=notify
# What tells systemd is a program of its own, systemd-notify.
NotifyAccess=all
ExecStart=${command}
ExecReload=/bin/kill -HUP $MAINPID
${Object.entries(environment)
  .map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}\n`)
  .join("")}# Variables and secrets that the fleet file takes from the environment, and FLEET_NOTIFY_URL:
#EnvironmentFile=${system ? `/etc/fleet/${fleet}.env` : `%h/.config/fleet/${fleet}.env`}
Restart=on-failure
RestartSec=5
WatchdogSec=30
# Without an end: it is ready once the engine has answered.
TimeoutStartSec=infinity
# What is under way gets 30 s.
TimeoutStopSec=60
KillMode=mixed
${system ? hardening : ""}
[Install]
WantedBy=${system ? "multi-user.target" : "default.target"}
`;
}

const hardening = `StateDirectory=fleet
StateDirectoryMode=0700
NoNewPrivileges=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
RestrictRealtime=yes
RestrictNamespaces=yes
LockPersonality=yes
SystemCallArchitectures=native
`;

/** One word of a command line: systemd expands `%` and `$`, and splits at blanks. */
function word(text: string): string {
  return quoted(text.replaceAll("$", "$$$$"));
}

function quoted(text: string): string {
  const escaped = text.replaceAll("%", "%%");
  if (/^[\w./:=@%+,$-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
