import { AditError } from "../errors/adit-error.ts";

/** Environment variables, such as `process.env`. An empty one is unset everywhere. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value without surrounding white space; undefined where it is unset or empty. */
export function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}

/** A variable that is `true` or `false`, false where unset. Anything else throws AditError `invalid_config`, as AWS's SDKs do. */
export function switchedOn(environment: Environment, name: string): boolean {
  const value = variable(environment, name)?.toLowerCase();
  if (value === undefined || value === "false") {
    return false;
  }
  if (value === "true") {
    return true;
  }
  const remedy = `Set ${name} to true or false, or unset it.`;
  throw new AditError("invalid_config", `${name} must be true or false.`, { param: name, remedy });
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
