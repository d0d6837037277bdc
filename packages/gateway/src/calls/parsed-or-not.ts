import { isJsonObject, type JsonObject } from "@adit/bedrock";

/** AWS's answer is passed on as it is, whatever it is: what is no object tells nothing. */
export function parsedOrNot(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
