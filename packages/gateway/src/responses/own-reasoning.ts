/** Reasoning that a target in the caller's own format cannot take back. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/**
 * The body without what this gateway's translation encoded: that target could not read it, and would refuse the request at every turn from
 * then on ("The encrypted content could not be verified"). And without what is an id alone at the places in `unsealed`, for the target was
 * told to keep nothing under it. `nameOf` names an item of the input by its index.
 */
export function withoutOwnReasoning(
  body: JsonObject,
  nameOf: (index: number) => string,
  unsealed?: (index: number) => boolean,
): { body: JsonObject; dropped: readonly string[] } {
  const { input } = body;
  if (!Array.isArray(input)) return { body, dropped: [] };
  const isUseless = (item: JsonValue, index: number): boolean =>
    isOwnReasoning(item) || (unsealed?.(index) === true && isIdAlone(item));
  if (!input.some(isUseless)) return { body, dropped: [] };
  return {
    body: { ...body, input: input.filter((item, index) => !isUseless(item, index)) },
    dropped: input.flatMap((item, index) => (isUseless(item, index) ? [nameOf(index)] : [])),
  };
}

function isIdAlone(item: JsonValue): boolean {
  if (!isJsonObject(item) || item["type"] !== "reasoning") return false;
  const { encrypted_content: sealed, content } = item;
  return typeof sealed !== "string" && !(Array.isArray(content) && content.length > 0);
}

/** With the item's place behind the answer's id, or with what the model wants back. */
function isOwnReasoning(item: JsonValue): boolean {
  if (!isJsonObject(item) || item["type"] !== "reasoning") return false;
  const { id, encrypted_content: sealed } = item;
  return (
    (typeof sealed === "string" && sealed.startsWith("adit-reasoning-")) ||
    (typeof id === "string" && /^rs_[\w-]+_\d+$/.test(id))
  );
}
