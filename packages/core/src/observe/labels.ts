/** The labels that make a container ours (both of the first two) and remember what the last apply declared. */
export const labels = {
  fleet: "fleet.name",
  instance: "fleet.instance",
  owned: "fleet.owned",
  schema: "fleet.schema",
  /** Id of the container without our labels that this one was made to replace: only so is it known for the old one. */
  adopted: "fleet.adopted",
} as const;

/** Version of the meaning of our labels. */
export const labelSchema = "1";

/** Key names that the last apply declared: never values. */
export interface Owned {
  /** Sorted field paths: `command`, `env.PATH`, `mounts./state`. */
  readonly fields: readonly string[];
  /** Those of `fields` whose value is a secret: their observed value must not be shown either. */
  readonly secrets: readonly string[];
}

export function writeOwned(owned: Owned): string {
  return JSON.stringify({ fields: owned.fields, secrets: owned.secrets });
}

/** What {@link writeOwned} wrote; nothing owned when the label is absent or not ours. */
export function readOwned(text: string | undefined): Owned {
  try {
    const parsed: unknown = JSON.parse(text ?? "");
    const { fields, secrets } = parsed as Record<keyof Owned, unknown>;
    return { fields: strings(fields), secrets: strings(secrets) };
  } catch {
    return { fields: [], secrets: [] };
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** Whether both labels say that the container belongs to `fleet`. */
export function isOurs(fleet: string, found: Readonly<Record<string, string>>): boolean {
  return found[labels.fleet] === fleet && (found[labels.instance] ?? "") !== "";
}
