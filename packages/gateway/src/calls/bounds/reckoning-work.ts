/** What it takes to reckon with a body: it is gone through anew for each target that a call may come to, and all others wait meanwhile. */
import { AditError, type JsonObject, type JsonValue } from "@adit/bedrock";

/** Values of the body, once for each target: some five seconds of a small machine's, where the targets write it anew. */
const mostWork = 8_000_000;
/** Characters of a text that take as long as a value. */
const charactersOfValue = 128;
/** So many targets any body may have. */
const fewTargets = 2;

/** @throws AditError `invalid_request` where a long body and many targets multiply one another. */
export function checkWork(body: JsonObject, targets: number): void {
  if (targets <= fewTargets || valuesIn(body) * targets <= mostWork) return;
  throw new AditError(
    "invalid_request",
    `The request is too long to be reckoned with for each of the ${targets} targets of its plan, and a limit concerns it.`,
    { remedy: "Send less, or name fewer fallback models, targets or credentials." },
  );
}

function valuesIn(body: JsonObject): number {
  let values = 0;
  const left: (JsonValue | undefined)[] = [body];
  while (left.length > 0) {
    const value = left.pop();
    values += 1;
    if (typeof value === "string") values += value.length / charactersOfValue;
    else if (typeof value === "object" && value !== null) for (const child of Object.values(value)) left.push(child);
  }
  return values;
}
