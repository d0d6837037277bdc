/** What is set and kept must be what was written: no number with other digits, no value whose name a later one took. */
import { AditError, type ErrorCode, type JsonObject } from "@adit/bedrock";
import { alteredIn } from "@adit/bedrock/gateway";

/**
 * `bytes` are the JSON that `value` was read from. `asWritten`: a member that goes on as it is written.
 * @throws AditError of `code` with the path of the first member whose value would be another.
 */
export function checkUnaltered(bytes: Buffer, value: JsonObject, code: ErrorCode, asWritten?: string): void {
  const path = alteredIn(bytes, value)?.paths.find((place) => place.split(/[.[]/, 1)[0] !== asWritten);
  if (path === undefined) return;
  throw new AditError(
    code,
    `${path} cannot be taken as it is written: it is a number of more digits than are kept, or its name comes twice.`,
    {
      param: path,
      remedy: "Write each name once, and such a number as text where the field takes one.",
    },
  );
}
