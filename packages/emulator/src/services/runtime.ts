import { padded } from "../frames/padding.ts";
import { eventFrame, exceptionFrame } from "../frames/encode.ts";
import type { Brain, ConverseRefusal } from "../generate/converse.ts";
import { jsonReply, refusalReply, streamReply, unknownOperationReply, type Reply } from "../server/reply.ts";
import type { RuntimeOperation } from "../server/routes.ts";

export interface RuntimeCall {
  operation: RuntimeOperation;
  modelId: string;
  region: string;
  account: string;
  body: Buffer;
}

/** bedrock-runtime. Operations that the emulator does not have are unknown to it, as a mistyped path is to AWS. */
export function answerRuntime(call: RuntimeCall, brain: Brain): Reply {
  const { operation, modelId, region, account } = call;
  if (operation !== "Converse" && operation !== "ConverseStream") {
    return unknownOperationReply();
  }
  const parsed = parseJson(call.body);
  if ("fault" in parsed) {
    return refusalReply({ status: 400, errorType: "SerializationException", message: parsed.fault });
  }
  const stream = operation === "ConverseStream";
  const outcome = brain.converse({ modelId, region, account, body: parsed.value, stream });
  if (outcome.kind === "refusal") {
    return stream && outcome.inStream === true ? streamReply([exceptionOf(outcome)]) : refusalReply(outcome);
  }
  return stream
    ? streamReply(outcome.events.map(({ type, payload }) => eventFrame(type, padded(payload))))
    : jsonReply(outcome.response);
}

/** What AWS's model finds wrong once the stream is open is the stream's only frame (recorded). */
function exceptionOf({ errorType, message }: ConverseRefusal): Buffer {
  return exceptionFrame(`${errorType.charAt(0).toLowerCase()}${errorType.slice(1)}`, { message });
}

/** No body is an empty structure to AWS's protocol. */
function parseJson(body: Buffer): { value: unknown } | { fault: string } {
  if (body.length === 0) {
    return { value: {} };
  }
  try {
    return { value: JSON.parse(body.toString("utf8")) as unknown };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : "The body is not JSON." };
  }
}
