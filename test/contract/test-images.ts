import type { ImageDefaults } from "@fleet/core";

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const idle = ["sh", "-c", "trap 'exit 0' TERM INT; sleep infinity & wait"];
const plain: ImageDefaults = { command: idle, env: { PATH: path }, labels: {}, volumes: [] };
const asClaude = { user: "1000:1000", workingDir: "/home/claude" };

/** What the images that every test engine holds give to containers. */
export const testImages: Readonly<Record<string, ImageDefaults>> = {
  "claude-hooks:dev": { ...plain, ...asClaude },
  "fleet-test:1": { ...plain, env: { PATH: path, REV: "1" } },
  "fleet-test:2": { ...plain, env: { PATH: path, REV: "2" } },
  "fleet-test:health": {
    ...plain,
    env: { PATH: path, REV: "health" },
    healthcheck: { test: ["CMD-SHELL", "test -f /tmp/healthy"], interval: 1000 },
  },
  "fleet-test:user": { ...plain, ...asClaude, env: { PATH: path, REV: "user" }, labels: { v: "9" } },
  "fleet-test:volume": { ...plain, env: { PATH: path, REV: "volume" }, volumes: ["/data"] },
};
