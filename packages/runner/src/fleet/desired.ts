import {
  type Diagnostic,
  FleetError,
  type FleetSpec,
  fleetFromObject,
  type ResolvedFleet,
  type ResolveInputs,
  renderDiagnostics,
  resolveFleet,
} from "@fleet/core";

/** Where an embedder's secrets come from, by name; undefined for one that there is not. */
export type SecretProvider = (name: string) => string | undefined | Promise<string | undefined>;

/** A spec that does not hold; the message has every diagnostic. */
export class InvalidSpec extends FleetError {
  readonly diagnostics: readonly Diagnostic[];

  /** Of the code `SpecInvalid`. */
  constructor(diagnostics: readonly Diagnostic[]) {
    super("SpecInvalid", renderDiagnostics(diagnostics).trimEnd());
    this.diagnostics = diagnostics;
  }
}

/**
 * From plain objects to a resolved fleet, with the secrets that it names. Rejects with {@link InvalidSpec}, or with what the
 * provider rejects with.
 */
export async function resolveSpec(
  spec: FleetSpec,
  inputs: Omit<ResolveInputs, "secret">,
  provider: SecretProvider = () => undefined,
): Promise<ResolvedFleet> {
  const parsed = fleetFromObject(spec);
  if (!parsed.ok) throw new InvalidSpec(parsed.diagnostics);
  const secrets = new Map<string, string | undefined>();
  // Which secrets a spec names is known once it is resolved; their values may take time.
  for (;;) {
    const missing = new Set<string>();
    const secret = (name: string): string | undefined => {
      if (!secrets.has(name)) missing.add(name);
      return secrets.get(name);
    };
    const resolved = resolveFleet(parsed.spec, parsed.source, { ...inputs, secret });
    if (missing.size === 0) {
      if (resolved.ok) return resolved.fleet;
      throw new InvalidSpec(resolved.diagnostics);
    }
    for (const name of [...missing].sort()) secrets.set(name, await provider(name));
  }
}
