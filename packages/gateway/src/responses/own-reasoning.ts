/** Reasoning as this gateway's translation of Responses writes it. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/**
 * The body without it, for a target in the caller's own format: that could not read what is encoded there, and would refuse the request at
 * every turn from then on ("The encrypted content could not be verified"). `nameOf` names an item of the input by its index.
 */
export function withoutOwnReasoning(
  body: JsonObject,
  nameOf: (index: number) => string,
): { body: JsonObject; dropped: readonly string[] } {
  const { input } = body;
  if (!Array.isArray(input) || !input.some(isOwnReasoning)) return { body, dropped: [] };
  return {
    body: { ...body, input: input.filter((item) => !isOwnReasoning(item)) },
    dropped: input.flatMap((item, index) => (isOwnReasoning(item) ? [nameOf(index)] : [])),
  };
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
