/** A virtual key's own `requestMetadata` in what is sent to Bedrock. Its names are the gateway's: no caller's value stands under them. */
import { AditError, isJsonObject, type JsonObject } from "@adit/bedrock";
import { asciiJson, childSpansOf, parsedObject } from "@adit/bedrock/gateway";
import type { DialectCall } from "../call-dialect.ts";

type Own = Readonly<Record<string, string>>;

/** Pairs that Converse takes. */
const mostPairs = 16;
/** Under InvokeModel. */
export const metadataHeader = "x-amzn-bedrock-request-metadata";
const field = "requestMetadata";

interface Merged {
  pairs: JsonObject;
  /** Paths of what the caller gave and is not sent. */
  dropped: string[];
}

/** The call with them; what of the caller's had to go is named in it. */
export function withRequestMetadata(call: DialectCall, own: Own): DialectCall {
  if (call.kind === "native") {
    const { headers, dropped } = headersWithMetadata(call.headers, own);
    return { ...call, headers, dropped: [...call.dropped, ...dropped] };
  }
  const { pairs, dropped } = merged(call.body.requestMetadata, own);
  call.body.requestMetadata = pairs as Record<string, string>;
  return dropped.length === 0
    ? call
    : { ...call, notes: { ...call.notes, dropped: [...call.notes.dropped, ...dropped] } };
}

/** InvokeModel's header with them. */
export function headersWithMetadata(
  headers: Readonly<Record<string, string>>,
  own: Own,
): { headers: Record<string, string>; dropped: string[] } {
  const sent = headers[metadataHeader];
  const { pairs, dropped } = merged(sent === undefined ? undefined : (parsedObject(sent) ?? sent), own);
  return { headers: { ...headers, [metadataHeader]: asciiJson(pairs) }, dropped };
}

/**
 * A body of Converse's with them, the rest of it as it came. What is no JSON object has no place for them, and AWS might read one in it all
 * the same, such as behind a byte order mark: with the caller's own pairs.
 * @throws AditError `invalid_request`
 */
export function bodyWithMetadata(body: Buffer, own: Own): { body: Buffer; dropped: string[] } {
  const text = body.toString("utf8");
  const given = parsedObject(text);
  if (given === undefined) {
    const words = "The body is no JSON object, and the credential's requestMetadata can stand in nothing else.";
    throw new AditError("invalid_request", words, { remedy: "Send a JSON object." });
  }
  const { pairs, dropped } = merged(given[field], own);
  const start = text.indexOf("{");
  // A name that comes twice must not leave it to AWS's parser which one counts.
  const places = [...childSpansOf(text, start)].filter(({ key }) => key === field).map(({ value }) => value);
  const json = JSON.stringify(pairs);
  if (places.length === 0) {
    const isEmpty = Object.keys(given).length === 0;
    const written = `${text.slice(0, start + 1)}"${field}":${json}${isEmpty ? "" : ","}${text.slice(start + 1)}`;
    return { body: Buffer.from(written), dropped };
  }
  const written = places.reduceRight((now, { start: from, end }) => now.slice(0, from) + json + now.slice(end), text);
  return { body: Buffer.from(written), dropped };
}

function merged(given: unknown, own: Own): Merged {
  if (given !== undefined && given !== null && !isJsonObject(given)) return { pairs: { ...own }, dropped: [field] };
  const pairs = new Map<string, JsonObject[string]>(Object.entries(own));
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(given ?? {})) {
    if (pairs.has(name) || pairs.size >= mostPairs) dropped.push(`${field}.${name}`);
    else pairs.set(name, value);
  }
  return { pairs: Object.fromEntries(pairs), dropped };
}
