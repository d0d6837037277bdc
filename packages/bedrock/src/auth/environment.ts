import { AditError } from "../errors/adit-error.ts";

/** Environment variables, such as `process.env`. An empty one is unset everywhere. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value without surrounding white space; undefined where it is unset or empty. */
export function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}

/** A value that says `true` or `false`. Anything else throws AditError `invalid_config` that names its source, as AWS's SDKs do. */
export function isTrue(value: string, source: string): boolean {
  switch (value.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    default: {
      const remedy = `Set ${source} to true or false, or unset it.`;
      throw new AditError("invalid_config", `${source} must be true or false.`, { param: source, remedy });
    }
  }
}

/** A variable of Adit's that is `on` or `off`, on where unset. Anything else throws AditError `invalid_config`. */
export function switchedOff(environment: Environment, name: string): boolean {
  const value = variable(environment, name)?.toLowerCase();
  if (value === undefined || value === "on") {
    return false;
  }
  if (value === "off") {
    return true;
  }
  const remedy = `Set ${name} to on or off, or unset it.`;
  throw new AditError("invalid_config", `${name} must be on or off.`, { param: name, remedy });
}
