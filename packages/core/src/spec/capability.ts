import { type Kind, right, wrong } from "./kind.ts";
import { didYouMean } from "./suggest.ts";

const names = new Set(
  (
    "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH " +
    "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN " +
    "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT " +
    "SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM"
  ).split(" "),
);

/** A Linux capability or `ALL`, in any case, with or without `CAP_`: `net_admin`, `CAP_NET_ADMIN`. */
export const capability: Kind<string> = {
  expected: "a Linux capability such as `NET_ADMIN`, or `ALL`",
  read: (value) => {
    const name = String(value).toUpperCase().replace(/^CAP_/, "");
    return names.has(name) ? right(name) : wrong(didYouMean(name, names));
  },
};
