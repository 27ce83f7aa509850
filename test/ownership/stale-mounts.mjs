// A process of a service user: prints what it can tell of a container's bind mounts.
import { localHostReader } from "@fleet/core";

const { container, mounts } = JSON.parse(process.argv[2] ?? "");
process.stdout.write(JSON.stringify(await localHostReader().staleMounts(container, mounts)));
