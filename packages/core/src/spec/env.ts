import { compareText } from "./diagnostic.ts";
import type { PassedOn, Written } from "./fields.ts";
import { isMap } from "./fields.ts";
import { resolveHostPath } from "./host-path.ts";
import type { ResolveInputs } from "./inputs.ts";
import { filledText, type Scalar } from "./kind.ts";
import type { Path } from "./path.ts";
import { itemsOf, type Reader } from "./reader.ts";
import { Secret } from "./secret.ts";

/**
 * One instance's environment. A value that is not in the fleet file itself (from an env file, a secret, a variable or
 * passed on) is a {@link Secret}: nothing that is kept elsewhere shows up in a plan or a log.
 */
export function readEnv(reader: Reader, inputs: ResolveInputs): Readonly<Record<string, string | Secret>> {
  const env = new Map<string, string | Secret>();
  const files = reader.written("envFile");
  for (const file of files === undefined ? [] : itemsOf(files)) readEnvFile(file, reader, inputs, env);
  for (const [key, written] of reader.below("env")) {
    const value = readValue(written, reader, inputs);
    if (value !== undefined) env.set(key, value);
  }
  return Object.fromEntries([...env].sort(([a], [b]) => compareText(a, b)));
}

function readValue(written: Written, reader: Reader, inputs: ResolveInputs): string | Secret | undefined {
  const { value, path } = written;
  if (!isMap(value)) {
    const text = reader.expand(String(value as Scalar), path);
    if (text === undefined) return undefined;
    if (text.value.includes("\0")) {
      reader.diagnostics.error("InvalidValue", path, "the value holds a NUL character");
      return undefined;
    }
    return text.variables.length === 0 ? text.value : new Secret(text.value, `env ${text.variables.join(", ")}`);
  }
  if ("passOn" in value) return passOn((value as unknown as PassedOn).passOn, path, reader, inputs);
  const [form = "", name] = Object.entries(value)[0] ?? [];
  const place = { value: name, path: [...path, form] };
  return form === "secret" ? secretByName(place, reader, inputs) : secretFile(place, reader, inputs);
}

function passOn(name: string, path: Path, reader: Reader, { env }: ResolveInputs): Secret | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined) return new Secret(value, `env ${name}`);
  reader.diagnostics.error("VariableUnset", path, `the variable ${name} is not set, so it cannot be passed on`, {
    hint: `set it, or write \`${name}=value\`; \`${name}=\` is the empty value`,
  });
  return undefined;
}

function secretByName(written: Written, reader: Reader, inputs: ResolveInputs): Secret | undefined {
  const name = reader.read(filledText, written);
  if (name === undefined) return undefined;
  const value = inputs.secret?.(name) ?? (Object.hasOwn(inputs.env, name) ? inputs.env[name] : undefined);
  if (value !== undefined && value !== "") return new Secret(value, `env ${name}`);
  reader.diagnostics.error(
    "SecretMissing",
    written.path,
    `the secret ${name} is ${value === "" ? "empty" : "not set"}`,
    {
      hint: "set the variable of that name in fleet's environment",
    },
  );
  return undefined;
}

function secretFile(written: Written, reader: Reader, inputs: ResolveInputs): Secret | undefined {
  const file = readFile(written, reader, inputs);
  if (file === undefined) return undefined;
  const value = file.text.replace(/\r?\n$/, "");
  if (value !== "") return new Secret(value, `file ${file.path}`);
  reader.diagnostics.error("SecretMissing", written.path, `the file ${file.path} holds nothing`);
  return undefined;
}

/** `KEY=value` lines: nothing is filled in, quotes are part of the value; a bare KEY is passed on; `#` begins a comment line. */
function readEnvFile(written: Written, reader: Reader, inputs: ResolveInputs, env: Map<string, string | Secret>): void {
  const file = readFile(written, reader, inputs);
  for (const [index, line] of (file?.text ?? "")
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const text = line.trimStart();
    if (text === "" || text.startsWith("#")) continue;
    const at = text.indexOf("=");
    const key = at === -1 ? text.trimEnd() : text.slice(0, at);
    if (key === "" || /[\s\0]/.test(key)) {
      // The line itself is not shown: it may be half a secret.
      reader.diagnostics.error("InvalidValue", written.path, `line ${index + 1} of ${file?.path} is no KEY=value`);
      continue;
    }
    const value =
      at === -1 ? passOn(key, written.path, reader, inputs) : new Secret(text.slice(at + 1), `file ${file?.path}`);
    if (value !== undefined) env.set(key, value);
  }
}

function readFile(
  written: Written,
  reader: Reader,
  inputs: ResolveInputs,
): { readonly path: string; readonly text: string } | undefined {
  const name = reader.read(filledText, written);
  if (name === undefined) return undefined;
  const path = resolveHostPath(name, inputs);
  if (path === undefined) {
    reader.diagnostics.error(
      "InvalidValue",
      written.path,
      "only `~/` stands for a home directory, and only for your own",
    );
    return undefined;
  }
  try {
    return { path: name, text: inputs.readFile(path) };
  } catch (error) {
    const code = (error as { readonly code?: unknown } | null)?.code;
    reader.diagnostics.error("FileUnreadable", written.path, `${name} cannot be read`, {
      found: `${typeof code === "string" ? code : "an error"} for ${path}`,
    });
    return undefined;
  }
}
