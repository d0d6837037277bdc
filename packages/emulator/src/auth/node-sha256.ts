import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";

type Source = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, and HMAC with it where there is a secret, by node:crypto behind the interface that AWS's signer asks for. */
export class NodeSha256 {
  #hash: Hash | Hmac;
  readonly #secret: Uint8Array | string | undefined;

  constructor(secret?: Source) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
    this.#hash = this.#start();
  }

  update(data: Source): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash("sha256") : createHmac("sha256", this.#secret);
  }
}

function bytesOf(data: Source): Uint8Array | string {
  if (typeof data === "string") {
    return data;
  }
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
