/** SigV4 for one kind of call: a POST of JSON to one host, the day's key cached. */
import crypto from "node:crypto";

function hmac(key, text) {
  return crypto.createHmac("sha256", key).update(text).digest();
}

export class Signer {
  #credentials;
  #host;
  #day = "";
  #key;
  #canonicalPaths = new Map();

  /** `credentials`: {accessKeyId, secretAccessKey, region}. */
  constructor(credentials, host) {
    this.#credentials = credentials;
    this.#host = host;
  }

  /** The headers of the request, its signature included, as undici's flat list. */
  headers(path, body) {
    const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
    const day = stamp.slice(0, 8);
    if (day !== this.#day) this.#startDay(day);
    const { accessKeyId, region } = this.#credentials;
    const scope = `${day}/${region}/bedrock/aws4_request`;
    const canonical =
      `POST\n${this.#canonicalPath(path)}\n\ncontent-type:application/json\nhost:${this.#host}\n` +
      `x-amz-date:${stamp}\n\ncontent-type;host;x-amz-date\n${crypto.hash("sha256", body)}`;
    const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${crypto.hash("sha256", canonical)}`;
    const signature = crypto.createHmac("sha256", this.#key).update(toSign).digest("hex");
    return [
      "host",
      this.#host,
      "content-type",
      "application/json",
      "x-amz-date",
      stamp,
      "authorization",
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=${signature}`,
    ];
  }

  #startDay(day) {
    const { secretAccessKey, region } = this.#credentials;
    this.#key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), "bedrock"), "aws4_request");
    this.#day = day;
  }

  /** The path's segments encoded once more than they are sent. */
  #canonicalPath(path) {
    let canonical = this.#canonicalPaths.get(path);
    if (canonical === undefined) {
      canonical = path.split("/").map(encodeURIComponent).join("/");
      this.#canonicalPaths.set(path, canonical);
    }
    return canonical;
  }
}
