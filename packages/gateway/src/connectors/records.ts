/** AI Squared's messages: records, the log line that a failure becomes, the catalogue of what a connector reads. */
import type { AditError, JsonObject } from "@adit/bedrock";
import { parseFormat } from "./check-connection-spec.ts";
import { shapeOf } from "./sample-schema.ts";
import type { Connector } from "./connector.ts";
import { sampleOf } from "./samples.ts";

/** A record of `data`, which is a text of JSON: the model's own keeps what a number would lose. `emitted_at` is in seconds since 1970. */
export function recordText(data: string, nowMs: number): string {
  return `{"type":"record","record":{"data":${data},"emitted_at":${Math.floor(nowMs / 1_000)}}}`;
}

/** A failure, as the connector of AI Squared logs it; the status of the answer tells it too. */
export function failureMessage(error: AditError, requestId: string): object {
  return {
    type: "log",
    log: {
      level: "error",
      name: "AWS:BEDROCK MODEL:RUN_MODEL:EXCEPTION",
      message: error.describe(),
      code: error.code,
      request_id: requestId,
      ...(error.param !== undefined && { param: error.param }),
    },
  };
}

/** What `read` gives: one stream, of the shape of the output schema, else of the response format. AWS's quotas are the account's own. */
export function catalogMessage(connector: Connector): object {
  const name = connector.slug;
  return {
    type: "catalog",
    catalog: {
      streams: [{ name, action: "create", supported_sync_modes: ["full_refresh"], json_schema: dataSchema(connector) }],
    },
  };
}

function dataSchema({ outputSchema, responseFormat, modelId, inferenceProfile }: Connector): object {
  if (outputSchema.length > 0) {
    const properties = outputSchema.map(({ name, type }) => [name, jsonType(type)]);
    return { type: "object", properties: Object.fromEntries(properties) as object };
  }
  const sample = sampleOf(modelId ?? inferenceProfile ?? "")?.response_format;
  const shown: JsonObject | undefined =
    responseFormat === undefined ? sample : parseFormat(responseFormat, "connection_spec.response_format");
  return shown === undefined ? { type: "object" } : shapeOf(shown);
}

function jsonType(type: Connector["outputSchema"][number]["type"]): object {
  if (type === undefined || type === "other") return {};
  return { type: [type === "float" ? "number" : type, "null"] };
}
