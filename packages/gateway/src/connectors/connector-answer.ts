import { AditError, type InvokeReply, type JsonValue } from "@adit/bedrock";

/** A model's whole answer as JSON. @throws AditError `empty_output` where it is not JSON. */
export function checkConnectorAnswer({ body }: Pick<InvokeReply, "body">): JsonValue {
  try {
    return JSON.parse(body.toString("utf8")) as JsonValue;
  } catch (cause) {
    throw new AditError("empty_output", "The model's answer is no JSON.", { cause });
  }
}
