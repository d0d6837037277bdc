import type { Refusal } from "../auth/refusals.ts";

/** An answer before it is sent. */
export interface Reply {
  status: number;
  /** Without `Date` and `x-amzn-RequestId`, which are added on sending; a request id here is kept. */
  headers: Record<string, string>;
  /** The body; the frames of a stream, one by one. */
  parts: Buffer[];
  /** True for an event stream. */
  isStream: boolean;
  /** A part that ends the stream with an error, where it is no event stream of AWS's. */
  failure?: (refusal: Refusal) => Buffer;
  /** To be called when it was sent: the tokens that it used are known. */
  settle?: () => void;
}

const eventStreamType = "application/vnd.amazon.eventstream";

export function jsonReply(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "Content-Type": "application/json", ...headers },
    parts: [Buffer.from(JSON.stringify(body))],
    isStream: false,
  };
}

export function textReply(text: string, status = 200, contentType = "text/plain"): Reply {
  return { status, headers: { "Content-Type": contentType }, parts: [Buffer.from(text)], isStream: false };
}

export function streamReply(frames: Buffer[]): Reply {
  return { status: 200, headers: { "Content-Type": eventStreamType }, parts: frames, isStream: true };
}

/** What AWS answers on a path that it does not know: a 200 (reported for ARNs whose slashes were not encoded). */
export function unknownOperationReply(): Reply {
  return jsonReply({ Output: { __type: "com.amazon.coral.service#UnknownOperationException" }, Version: "1.0" });
}

/** Types that AWS's front end gives, in recordings under `com.amazon.coral.service`; the others are Bedrock's own. */
const frontEndTypes: ReadonlySet<string> = new Set([
  "InvalidSignatureException",
  "UnrecognizedClientException",
  "ExpiredTokenException",
  "IncompleteSignatureException",
  "MissingAuthenticationTokenException",
  "SerializationException",
]);

/** A refusal in Bedrock's form. `fields` are further members of the body, such as `originalStatusCode`. */
export function refusalReply(refusal: Refusal, fields: object = {}): Reply {
  const { status, errorType, message } = refusal;
  if (errorType === "") {
    return jsonReply({ Message: message }, status);
  }
  const origin = frontEndTypes.has(errorType) ? "com.amazon.coral.service" : "com.amazon.bedrock";
  return jsonReply({ message, ...fields }, status, {
    "x-amzn-ErrorType": `${errorType}:http://internal.amazon.com/coral/${origin}/`,
  });
}
