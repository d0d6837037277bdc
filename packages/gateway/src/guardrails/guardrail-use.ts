/** What a call of Bedrock's guardrails used, as AWS bills it. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/** One call of ApplyGuardrail, or of the checks that need no guardrail. */
export interface GuardrailUse {
  /** Where it was made: prices differ. */
  region: string;
  /** By AWS's names, such as `contentPolicyUnits` or `promptAttack.textUnits`; undefined: AWS did not say. */
  units: Readonly<Record<string, number>> | undefined;
  /** The body of a check's call: what it may have used at the most goes by that, where AWS did not say. */
  shown?: JsonObject;
}

/**
 * The counts of an answer's `usage`: of a guardrail, units by policy; of the checks, units by check. What AWS calls free units is free,
 * and how many policies there are is no count of use. A count that is none stays as it is, and is found out where it is priced.
 */
export function guardrailUnitsIn(usage: JsonValue | undefined): Record<string, number> | undefined {
  if (!isJsonObject(usage)) return undefined;
  const counts = Object.entries(usage).flatMap(([name, value]) =>
    isJsonObject(value) ? countsOf(value, `${name}.`) : countsOf({ [name]: value }, ""),
  );
  return Object.fromEntries(counts);
}

function countsOf(members: JsonObject, prefix: string): [string, number][] {
  return Object.entries(members).flatMap(([name, value]) => {
    const isUse = /units$/i.test(name) && !/freeunits$/i.test(name);
    return isUse && typeof value === "number" ? [[`${prefix}${name}`, value]] : [];
  });
}
