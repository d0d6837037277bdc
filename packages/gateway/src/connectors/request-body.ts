/** The body that one call of a connector sends. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { spanAt } from "@adit/bedrock/gateway";
import { parseFormat } from "./check-connection-spec.ts";
import { modelOf, type Connector } from "./connector.ts";
import type { Invocation } from "./connector-schema.ts";
import { checkPlaces, fillFormat } from "./fill-format.ts";
import { sampleOf } from "./samples.ts";

/**
 * The model's own JSON where the call brings it, character for character; else the request format with its values. `source` is the text
 * that the call was parsed from.
 * @throws AditError `invalid_request` that names the field.
 */
export function requestBody(
  connector: Pick<Connector, "requestFormat" | "inputSchema" | "inferenceProfile" | "modelId">,
  { body, values, data }: Pick<Invocation, "body" | "values" | "data">,
  source: string,
): string {
  if (body !== undefined) {
    if (values === undefined && data === undefined) return textOf(source, body);
    throw new AditError("invalid_request", "body is sent as it is: it takes no values and no data.", {
      param: "body",
      remedy: "Send body, or values and data.",
    });
  }
  const text = formatOf(connector);
  if (connector.inputSchema.length === 0 && values === undefined) return text;
  const format = parseFormat(text, "connection_spec.request_format");
  return JSON.stringify(fillFormat(format, { fields: connector.inputSchema, data: data ?? {}, values: values ?? {} }));
}

type Formatted = Pick<Connector, "requestFormat" | "inferenceProfile" | "modelId">;

/**
 * A field without a place in the request format would fail each call of the connector.
 * @throws AditError `invalid_request` that names the field.
 */
export function checkFieldsFit(connector: Formatted & Pick<Connector, "inputSchema">): void {
  const format = knownFormatOf(connector);
  if (format === undefined || connector.inputSchema.length === 0) return;
  checkPlaces(parseFormat(format, "connection_spec.request_format"), connector.inputSchema);
}

/** The connector's request format, else the sample of its model. @throws AditError `invalid_request`. */
export function formatOf(connector: Formatted): string {
  const format = knownFormatOf(connector);
  if (format !== undefined) return format;
  throw new AditError("invalid_request", "The connector has no request format, and no sample is known for its model.", {
    param: "connection_spec.request_format",
    remedy: "Save one, or send body.",
  });
}

function knownFormatOf(connector: Formatted): string | undefined {
  if (connector.requestFormat !== undefined) return connector.requestFormat;
  const sample = sampleOf(connector.modelId ?? modelOf(connector));
  return sample === undefined ? undefined : JSON.stringify(sample.request_format);
}

/** By its text: a number that a double cannot hold stays as it is written. */
function textOf(source: string, body: JsonObject): string {
  const span = spanAt(source, ["body"]);
  return span === undefined ? JSON.stringify(body) : source.slice(span.start, span.end);
}
