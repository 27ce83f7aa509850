import * as z from "zod/mini";
import { bytes } from "../bytes.ts";
import { filledText, flag } from "../kind.ts";
import { mode } from "../mode.ts";
import { ownerId, propagation, repair, sourceType, target } from "../mount-kinds.ts";
import { resourceName } from "../name.ts";
import { longForm } from "../short-mount.ts";
import { scalar, textOf, word } from "./scalar.ts";
import { either, map, optional, required } from "./shape.ts";

export function mountSchema() {
  const common = {
    target: required("Absolute path in the container.", textOf(target)),
    readOnly: optional("The container cannot write there. Default false.", scalar(flag, "boolean")),
  };
  return either(
    "a map with `target` and one of `bind`, `volume` and `tmpfs`",
    [
      map({
        bind: required(
          "Path on the engine's host: absolute, below `~`, or relative to the fleet file.",
          textOf(filledText),
        ),
        ...common,
        propagation: optional("How mounts made later on either side show on the other.", word(propagation)),
        type: optional("What is there, and what is made where nothing is. Default directory.", word(sourceType)),
        ownership: optional("Who owns the source on the host. Left out: not compared.", ownershipSchema()),
        allow: optional(
          "Needed for the engine's socket, system directories and the home directory.",
          z.literal(true, { error: "`true`" }),
        ),
      }),
      map({ volume: required("Name of a volume; made when missing.", textOf(resourceName)), ...common }),
      map({
        tmpfs: required(
          "A file system in memory: `true`, or its size and mode.",
          either("`true`, or a map with `size` and `mode`", [
            z.literal(true),
            map({
              size: optional("Largest size. Default: half of the host's memory.", scalar(bytes, "number")),
              mode: optional("Permission bits in octal.", scalar(mode, "number")),
            }),
          ]),
        ),
        ...common,
      }),
    ],
    (input) => (typeof input === "string" ? longForm(input) : undefined),
  );
}

function ownershipSchema() {
  return map({
    uid: required("User id, a number.", scalar(ownerId, "number")),
    gid: required("Group id, a number.", scalar(ownerId, "number")),
    mode: optional('Permission bits in octal, such as "0755". Left out: not compared.', scalar(mode, "number")),
    repair: optional(
      "never: only reported. plan: mended by an explicit apply. auto (default): also by the loop.",
      word(repair),
    ),
    recursive: optional("Whether all that is below is meant too. Default false.", scalar(flag, "boolean")),
  });
}
