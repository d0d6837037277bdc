import { credentialsFromFields, namesCredential, type CredentialInput } from "../auth/credential-input.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject } from "../json.ts";
import { providerNamed } from "../models/model-name.ts";
import { optionNamed, type OptionAlias, type OptionName } from "./option-names.ts";
import type { Warning } from "./warning.ts";

/** An option as it was found. */
export interface GivenOption {
  value: unknown;
  /** As the caller wrote it, such as `providerOptions.max_tokens`. */
  path: string;
}

/** What the options of a call say, whatever the names and the place. */
export interface ReadOptions {
  values: ReadonlyMap<OptionName, GivenOption>;
  /** Of the first place that names a credential. */
  credential: CredentialInput | undefined;
  /** Checked. */
  region: string | undefined;
  warnings: Warning[];
}

/** A place of options; the outermost is the first. */
interface Level {
  path: string;
  fields: Readonly<Record<string, unknown>>;
}

type Candidate = GivenOption & { level: number; rank: number };

/**
 * Reads the options of a call: the top level goes before `providerOptions` (or `provider_options`), that before what it holds under a name
 * of Bedrock's; in one place our own name before other names. `null` is absent. What is not in `accepted`, and what another spelling
 * outweighs, becomes a warning. Throws AditError as {@link credentialsFromFields} does, and `invalid_request` for options that are no object.
 */
export function readOptions(options: unknown, accepted: readonly OptionName[]): ReadOptions {
  const found = new Map<OptionName, Candidate[]>();
  const warnings: Warning[] = [];
  const inputs: (CredentialInput | undefined)[] = [];
  for (const [index, level] of levelsOf(options).entries()) {
    const credentialFields: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(level.fields)) {
      const alias = optionNamed(name);
      const path = `${level.path}${name}`;
      if (value === undefined || value === null) {
        continue;
      }
      if (alias !== undefined && accepted.includes(alias.name)) {
        addCandidate(found, alias, { value, path, level: index });
      } else if (namesCredential(name)) {
        credentialFields[name] = value;
      } else {
        const words = alias === undefined ? "is no option" : "is no option of this function";
        warnings.push({ type: "ignored-option", path, message: `${path} ${words}, and is left out.` });
      }
    }
    inputs.push(credentialsFromFields(credentialFields, level.path === "" ? "options" : level.path.slice(0, -1)));
  }
  return {
    values: bestOf(found, warnings),
    credential: inputs.find(isCredential),
    region: inputs.find((input) => input?.region !== undefined)?.region,
    warnings,
  };
}

const nestedNames = ["providerOptions", "provider_options"];

function levelsOf(options: unknown): Level[] {
  const top = { ...fieldsOf(options ?? {}, "options") };
  const levels: Level[] = [{ path: "", fields: top }];
  for (const name of nestedNames) {
    const nested = { ...fieldsOf(top[name] ?? {}, name) };
    delete top[name];
    levels.push({ path: `${name}.`, fields: nested });
    for (const [key, value] of Object.entries(nested)) {
      if (providerNamed(key) === "bedrock" && isJsonObject(value)) {
        delete nested[key];
        levels.push({ path: `${name}.${key}.`, fields: value });
      }
    }
  }
  return levels;
}

function fieldsOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (isJsonObject(value)) {
    return value;
  }
  throw new AditError("invalid_request", `${path} must be an object.`, { param: path });
}

function addCandidate(
  found: Map<OptionName, Candidate[]>,
  alias: OptionAlias,
  given: GivenOption & { level: number },
): void {
  const known = found.get(alias.name) ?? [];
  known.push({ ...given, rank: alias.rank });
  found.set(alias.name, known);
}

/** The outermost, and there the best name. */
function bestOf(found: ReadonlyMap<OptionName, Candidate[]>, warnings: Warning[]): Map<OptionName, GivenOption> {
  const values = new Map<OptionName, GivenOption>();
  for (const [name, candidates] of found) {
    const [best, ...others] = candidates.toSorted((one, other) => one.level - other.level || one.rank - other.rank);
    if (best === undefined) {
      continue;
    }
    values.set(name, best);
    for (const { value, path } of others) {
      if (value !== best.value) {
        warnings.push({ type: "ignored-option", path, message: `${path} is left out: ${best.path} goes before it.` });
      }
    }
  }
  return values;
}

function isCredential(input: CredentialInput | undefined): boolean {
  return input?.credentials !== undefined || input?.role !== undefined || input?.sessionToken !== undefined;
}
