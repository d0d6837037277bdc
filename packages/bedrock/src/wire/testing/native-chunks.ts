import { Buffer } from "node:buffer";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { fromUtf8, toUtf8 } from "@smithy/util-utf8";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { Recording } from "./recordings.ts";

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/** The JSON of every chunk in a stream of InvokeModelWithResponseStream, decoded by AWS's codec; chunks that hold no object are left out. */
export function chunksOf(exchange: Recording): JsonObject[] {
  const bytes = Buffer.from(exchange.response.body_base64 ?? "", "base64");
  const chunks: JsonObject[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const { headers, body } = codec.decode(bytes.subarray(at, at + bytes.readUInt32BE(at)));
    if (headers[":event-type"]?.value === "chunk") {
      const payload = JSON.parse(toUtf8(body)) as { bytes: string };
      const chunk: unknown = JSON.parse(Buffer.from(payload.bytes, "base64").toString("utf8"));
      if (isJsonObject(chunk)) chunks.push(chunk);
    }
  }
  return chunks;
}
