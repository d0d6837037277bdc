/**
 * Cohere Command and Command Light. Source: AWS's page "Cohere Command models" and recorded traffic: a stream whose body did not say
 * `stream: true` is one chunk in the form of the whole answer.
 */
import type { ConverseRequest } from "../../converse/request.ts";
import type { StopReason } from "../../converse/response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { cohereNames, cohereStopReason } from "../cohere-words.ts";
import { converseReply } from "../converse-reply.ts";
import type { Family } from "../family.ts";
import { inferenceFields } from "../inference-names.ts";
import { finishedBody } from "../native-body.ts";
import { checkCommonFields, messageText, NativeDraft, refuseTools } from "../native-draft.ts";
import { emptyOutput } from "../native-errors.ts";
import { TextStream } from "./text-stream.ts";
import { transcriptOf } from "./transcript.ts";

const form = { user: "User:", assistant: "Chatbot:", opening: "", before: "\n", after: " " };

/** The model goes on where this is not said. */
interface Generation {
  text: string;
  stopReason: StopReason | undefined;
}

export const cohereCommand: Family = {
  request(request, context) {
    const draft = new NativeDraft("Cohere Command");
    checkCommonFields(draft, request, context);
    refuseTools(draft, request);
    const body: JsonObject = {
      prompt: promptOf(draft, request),
      ...inferenceFields(draft, request, cohereNames),
      ...(context.stream && { stream: true }),
    };
    const finished = finishedBody(body, request);
    const generations = finished["num_generations"];
    if (typeof generations === "number" && generations > 1) {
      const path = "additionalModelRequestFields.num_generations";
      throw draft.unsupported(path, "more than one generation (an answer of Converse is one message)");
    }
    return { body: finished, dropped: draft.dropped };
  },

  response(answer, context) {
    const generation = generationIn(answer);
    if (generation === undefined) {
      throw emptyOutput(answer, "generations");
    }
    const { text, stopReason } = generation;
    return converseReply(answer, { content: [{ text }], stopReason }, context);
  },

  stream: (emit) =>
    new TextStream(emit, {
      names: ["text", "index", "is_finished", "finish_reason", "response", "id", "generations", "prompt"],
      read: (chunk) => readChunk(chunk),
    }),
};

/** A lone question goes as it is: the model completes text and knows no roles. */
function promptOf(draft: NativeDraft, request: ConverseRequest): string {
  const [first, ...later] = request.messages ?? [];
  const isLone = first?.role === "user" && later.length === 0 && (request.system ?? []).length === 0;
  return isLone ? messageText(draft, first, "messages[0]") : transcriptOf(draft, request, form);
}

function readChunk(chunk: JsonObject): { text: JsonValue | undefined; stopReason: StopReason | undefined } {
  if (typeof chunk["index"] === "number" && chunk["index"] > 0) {
    // A further generation, which only a body written by hand asks for.
    return { text: undefined, stopReason: undefined };
  }
  if (chunk["is_finished"] === undefined) {
    return generationIn(chunk) ?? { text: chunk["text"], stopReason: undefined };
  }
  // Never again the whole text, which stands in `response`.
  return { text: chunk["text"], stopReason: chunk["is_finished"] === true ? reasonIn(chunk) : undefined };
}

function reasonIn(part: JsonObject): StopReason | undefined {
  const reason = part["finish_reason"];
  return typeof reason === "string" ? cohereStopReason(reason) : undefined;
}

function generationIn(answer: JsonObject): Generation | undefined {
  const generations = answer["generations"];
  const first = Array.isArray(generations) ? generations[0] : undefined;
  return isJsonObject(first) && typeof first["text"] === "string"
    ? { text: first["text"], stopReason: reasonIn(first) }
    : undefined;
}
