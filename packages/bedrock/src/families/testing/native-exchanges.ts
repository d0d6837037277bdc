import { isJsonObject, type JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import type { ModelFacts, ModelFamily } from "../../models/model-facts.ts";
import { chunksOf } from "../../wire/testing/native-chunks.ts";
import { exchangesOf, isTruncated } from "../../wire/testing/recordings.ts";

/** A native exchange of some family that succeeded. */
export interface NativeExchange {
  id: string;
  model: ModelFacts;
  request: JsonObject;
  headers: Record<string, string>;
  /** The whole answer; empty for a stream. */
  answer: JsonObject;
  /** The chunks of a stream; empty for a whole answer. */
  chunks: JsonObject[];
}

/** Exchanges of the fixtures and the recordings that AWS answered with 200; of every family where none is named. */
export function nativeExchanges(
  operation: "InvokeModel" | "InvokeModelWithResponseStream",
  families?: readonly ModelFamily[],
): NativeExchange[] {
  return exchangesOf(operation)
    .filter((exchange) => exchange.response.status === 200 && !isTruncated(exchange))
    .map((exchange): NativeExchange => {
      const { body_json: answer, headers } = exchange.response;
      return {
        id: exchange.id,
        model: factsOfModel(exchange.model_id, exchange.resolved_model_id),
        request: isJsonObject(exchange.request.body) ? exchange.request.body : {},
        headers,
        answer: isJsonObject(answer) ? answer : {},
        chunks: answer === undefined ? chunksOf(exchange) : [],
      };
    })
    .filter(({ model }) => families?.includes(model.family) ?? true);
}
