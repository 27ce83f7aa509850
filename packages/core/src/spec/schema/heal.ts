import { heal } from "../policy-kinds.ts";
import { word } from "./scalar.ts";
import { field, map } from "./shape.ts";

/** What the loop does about trouble: the fleet's, and an instance's own. */
export function healSchema() {
  return map(
    {
      missing: field("No container is there: create (default) or report.", () => word(heal.missing)),
      stopped: field("It exited, died or never started: start (default) or report.", () => word(heal.stopped)),
      paused: field("It is paused: unpause (default) or report.", () => word(heal.paused)),
      unhealthy: field("Its health check fails: restart (default) or report.", () => word(heal.unhealthy)),
      drift: field("It differs from this file: mend (default) or report.", () => word(heal.drift)),
      ownership: field("A bind's source is missing or has another owner or mode: mend (default) or report.", () =>
        word(heal.ownership),
      ),
      staleMount: field("A bind's source was replaced under the running container: report (default) or restart.", () =>
        word(heal.staleMount),
      ),
    },
    "say it for each kind of trouble, such as `{ missing: report, stopped: report }`",
  );
}
