/** The body that one call of a connector sends. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { alteredIn, spanAt } from "@adit/bedrock/gateway";
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
  return JSON.stringify(
    fillFormat(formatToFill(text), { fields: connector.inputSchema, data: data ?? {}, values: values ?? {} }),
  );
}

type Formatted = Pick<Connector, "requestFormat" | "inferenceProfile" | "modelId">;

/**
 * A field without a place in the request format would fail each call of the connector.
 * @throws AditError `invalid_request` that names the field.
 */
export function checkFieldsFit(connector: Formatted & Pick<Connector, "inputSchema">): void {
  const format = knownFormatOf(connector);
  if (format === undefined || connector.inputSchema.length === 0) return;
  checkPlaces(formatToFill(format), connector.inputSchema);
}

/** What is written anew with values in it. @throws AditError `invalid_request` for what would not be the same then. */
function formatToFill(text: string): JsonObject {
  const param = "connection_spec.request_format";
  const format = parseFormat(text, param);
  const altered = alteredIn(Buffer.from(text), format)?.paths[0];
  if (altered === undefined) return format;
  throw new AditError(
    "invalid_request",
    `${param} cannot have values put into it: ${altered} is a number of more digits than are kept, or its name comes twice.`,
    { param, remedy: "Write each name once, and a shorter number; or keep no fields, and send each call's body." },
  );
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
