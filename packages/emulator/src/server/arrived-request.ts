import { Buffer } from "node:buffer";

/** A request as it came off the wire, over HTTP/1.1 or HTTP/2. */
export interface ArrivedRequest {
  method: string;
  /** Percent-encoding kept, without the query. */
  path: string;
  /** As on the wire, without the question mark. */
  query: string;
  /** Lower-case names; repeated headers joined by commas. Under HTTP/2 `:authority` stands where `host` would. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** True where the body was larger than `bodyLimit`; `body` is empty then. */
  tooLarge: boolean;
}

/** Bytes of a body that Bedrock takes (service model of bedrock-runtime: 25,000,000). */
export const bodyLimit = 25_000_000;

/** Headers from the flat list of names and values that node:http and node:http2 keep. */
export function headersFrom(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = rawHeaders[index + 1] ?? "";
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return headers;
}

/** Reads a body to its end. What exceeds the limit is read on and thrown away, so that the answer can be heard. */
export async function readBody(chunks: AsyncIterable<Buffer>): Promise<Pick<ArrivedRequest, "body" | "tooLarge">> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes <= bodyLimit) {
      kept.push(chunk);
    } else {
      kept.length = 0;
    }
  }
  return { body: Buffer.concat(kept), tooLarge: bytes > bodyLimit };
}

/** Path and query of a request target. An absolute one, as proxies send it, loses its origin. */
export function splitTarget(target: string): Pick<ArrivedRequest, "path" | "query"> {
  const local = target.replace(/^https?:\/\/[^/?]*/i, "");
  const mark = local.indexOf("?");
  const path = mark === -1 ? local : local.slice(0, mark);
  return { path: path || "/", query: mark === -1 ? "" : local.slice(mark + 1) };
}
