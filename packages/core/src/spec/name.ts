import { type Kind, right, wrong } from "./kind.ts";

const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** What a replacement names the container that takes over and the one that it takes over from. */
const reservedEndings = [".next", ".old"] as const;

/** Of a fleet, template or instance. */
export const name: Kind<string> = named("a name", 1, 63);

/** Of a volume or network, as engines want them. */
export const resourceName: Kind<string> = named("a name", 2, 255);

/** Of a container: long enough for the engine, and not one that a replacement needs. */
export const containerName: Kind<string> = {
  expected: "a container name of 2 to 128 letters, digits, `_`, `.` or `-`",
  read: (value) => {
    const ending = reservedEndings.find((reserved) => String(value).endsWith(reserved));
    if (ending !== undefined)
      return wrong(`names that end in \`${ending}\` are kept for containers that are being replaced`);
    return named("a container name", 2, 128).read(value);
  },
};

function named(what: string, least: number, most: number): Kind<string> {
  return {
    expected: `${what} of ${least} to ${most} letters, digits, \`_\`, \`.\` or \`-\` that begins with a letter or digit`,
    read: (value) => {
      const word = String(value);
      if (word.length > most) return wrong(`it is ${word.length} characters long`);
      return word.length >= least && pattern.test(word) ? right(word) : wrong();
    },
  };
}
