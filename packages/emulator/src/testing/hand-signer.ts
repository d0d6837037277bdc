import { createHash, createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import type { EmulatorCredential } from "../options.ts";

/** A signature computed by hand from AWS's description, as a second opinion beside AWS's own signer. */
export interface HandSigned {
  method: string;
  /** Path and query as on the wire. */
  path: string;
  /** Lower-case names; all of them are signed. */
  headers: Record<string, string>;
  body: string;
  /** `20260102T030405Z`. */
  date: string;
  region?: string;
  service?: string;
  credential: EmulatorCredential;
  /** The header that carries the date; default `x-amz-date`. */
  dateHeader?: string;
}

/** The headers of a request with `x-amz-date`, the session token and `authorization`. */
export function handSigned(request: HandSigned): Record<string, string> {
  const { method, body, date, region = "us-east-1", service = "bedrock", credential } = request;
  const headers: Record<string, string> = { ...request.headers, [request.dateHeader ?? "x-amz-date"]: date };
  if (credential.sessionToken !== undefined) {
    headers["x-amz-security-token"] = credential.sessionToken;
  }
  const names = Object.keys(headers).sort();
  const [path = "", query = ""] = request.path.split("?");
  const canonical = [
    method,
    path.split("/").map(encode).join("/"),
    query
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => pair.split("=").map((part) => encode(decodeURIComponent(part))))
      // By names, and then by values: of the pairs as written `Y-=a` would come before `Y=a`.
      .toSorted(([name = "", value = ""], [other = "", others = ""]) => order(name, other) || order(value, others))
      .map((pair) => pair.join("="))
      .join("&"),
    ...names.map((name) => `${name}:${headers[name]!.trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  let key: Buffer | string = `AWS4${credential.secretAccessKey}`;
  for (const part of scope.split("/")) {
    key = createHmac("sha256", key).update(part).digest();
  }
  const signature = createHmac("sha256", key)
    .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`)
    .digest("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${credential.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return headers;
}

function order(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** A short-term Bedrock API key, put together by hand. */
export function shortTermKey(options: {
  credential: EmulatorCredential;
  date: string;
  seconds: number;
  region?: string;
}): string {
  const { credential, date, seconds, region = "us-east-1" } = options;
  const scope = `${date.slice(0, 8)}/${region}/bedrock/aws4_request`;
  const query = [
    ["Action", "CallWithBearerToken"],
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Credential", `${credential.accessKeyId}/${scope}`],
    ["X-Amz-Date", date],
    ["X-Amz-Expires", String(seconds)],
    ...(credential.sessionToken === undefined ? [] : [["X-Amz-Security-Token", credential.sessionToken]]),
    ["X-Amz-SignedHeaders", "host"],
  ]
    .map(([name = "", value = ""]) => `${encode(name)}=${encode(value)}`)
    .join("&");
  const canonical = `POST\n/\n${query}\nhost:bedrock.amazonaws.com\n\nhost\n${sha256("")}`;
  let key: Buffer | string = `AWS4${credential.secretAccessKey}`;
  for (const part of scope.split("/")) {
    key = createHmac("sha256", key).update(part).digest();
  }
  const signature = createHmac("sha256", key)
    .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`)
    .digest("hex");
  const url = `bedrock.amazonaws.com/?${query}&X-Amz-Signature=${signature}&Version=1`;
  return `bedrock-api-key-${Buffer.from(url).toString("base64")}`;
}

export interface RawReply {
  status: number;
  headers: Record<string, string>;
  /** Names and values as they came. */
  rawHeaders: string[];
  text: string;
  json: Record<string, unknown>;
}

/** Sends a request by node:http, path untouched. */
export function sendRaw(
  url: string,
  request: { method?: string; path: string; headers?: Record<string, string>; body?: string },
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const { method = "POST", path, headers = {}, body = "" } = request;
    const { hostname, port } = new URL(url);
    const sent = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          rawHeaders: response.rawHeaders,
          text,
          json: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {},
        });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** `20260102T030405Z`. */
export function dateOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

function encode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((letter) =>
      /[A-Za-z0-9\-_.~]/.test(letter) ? letter : `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
