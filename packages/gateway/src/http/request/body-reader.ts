/** Reads a request's body within the limits on size and time. */
import { AditError } from "@adit/bedrock";
import type { HttpLimits } from "../listener/http-limits.ts";
import type { NodeRequest } from "../node-http.ts";
import type { BodyContent } from "../routes/route.ts";
import type { Ticker, Ticking } from "../ticker.ts";
import { shareOfStreams, type BodyRoom } from "./body-room.ts";

/** Content types that a JSON body may have. Absent is fine too. */
const jsonType = /^(?:application\/(?:[\w.+-]+\+)?json|text\/json)\s*(?:;|$)/i;
const charsetForm = /;\s*charset\s*=\s*"?([^";\s]+)/i;
const readableCharsets = new Set(["utf-8", "utf8", "us-ascii"]);

/** So many chunks are joined to one while more are coming. */
const manyChunks = 1024;

/** What the headers alone tell against a body: AditError `body_too_large` or `unsupported_media_type`. */
export function bodyRefusal(request: NodeRequest, maxBytes: number, content: BodyContent): AditError | undefined {
  const { headers } = request;
  const length = headers["content-length"];
  if (length !== undefined && Number(length) > maxBytes) return tooLarge(maxBytes);
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "" && encoding.toLowerCase() !== "identity") {
    return unreadable("The body is compressed (content-encoding), which is not taken here.", "content-encoding");
  }
  const type = headers["content-type"];
  if (content === "any" || type === undefined || type === "" || type === "application/json") return undefined;
  if (!jsonType.test(type)) return unreadable("The content-type must be application/json.", "content-type");
  const charset = charsetForm.exec(type)?.[1]?.toLowerCase();
  if (charset === undefined || readableCharsets.has(charset)) return undefined;
  return unreadable("The charset of the content-type must be utf-8.", "content-type");
}

function unreadable(words: string, param: string): AditError {
  return new AditError("unsupported_media_type", words, { param });
}

function tooLarge(maxBytes: number): AditError {
  return new AditError("body_too_large", `The body is larger than ${maxBytes} bytes.`);
}

const nobody = (): void => {};

/** Whose body it is. */
export interface BodySender {
  /** Rejects with AditError where they may not send it any more. */
  askAgain(): Promise<void>;
}

/** One body on its way in. It is watched by the ticker from its first pause on. */
export class BodyReader implements Ticking {
  rosterPlace = -1;
  readonly #request: NodeRequest;
  readonly #limits: HttpLimits;
  readonly #ticker: Ticker;
  readonly #room: BodyRoom;
  readonly #sender: BodySender;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  /** So many of the chunks, the first ones, have been joined already. */
  #joined = 0;
  #bytes = 0;
  /** So many of the bytes take room. */
  #heldBytes = 0;
  #ticks = 0;
  #silentTicks = 0;
  #settled = false;
  #isWhole = false;
  #body: Buffer | undefined;
  #resolve: (body: Buffer | Promise<Buffer>) => void = nobody;
  #reject: (error: AditError) => void = nobody;

  constructor(
    request: NodeRequest,
    maxBytes: number,
    watch: { limits: HttpLimits; ticker: Ticker; room: BodyRoom; sender: BodySender },
  ) {
    this.#request = request;
    this.#maxBytes = maxBytes;
    this.#limits = watch.limits;
    this.#ticker = watch.ticker;
    this.#room = watch.room;
    this.#sender = watch.sender;
  }

  /** True once the last byte was read. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Once it has been read, until it is let go of. */
  get body(): Buffer | undefined {
    return this.#body;
  }

  letGo(): void {
    this.#body = undefined;
    this.#holdOnly(Math.floor(this.#bytes * shareOfStreams));
  }

  /** The request has ended: what was made of its body is gone, too. */
  release(): void {
    this.#holdOnly(0);
  }

  /**
   * Once. Resolves with the whole body. Rejects with AditError `body_too_large`, `overloaded`, `request_timeout` or `client_closed`; as
   * {@link BodySender.askAgain} where it was long on its way.
   */
  read(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#ticker.add(this);
      this.#request.on("data", (chunk: Buffer) => this.#take(chunk));
      this.#request.on("end", () => this.#finish());
      this.#request.on("close", () => this.#leave());
    });
  }

  tick(): void {
    this.#ticks += 1;
    this.#silentTicks += 1;
    const { intervalMs } = this.#ticker;
    const elapsedMs = this.#ticks * intervalMs;
    if (this.#silentTicks * intervalMs > this.#limits.bodySilenceMs) {
      this.#fail(tooSlow(`No byte of the body came for ${Math.round(this.#limits.bodySilenceMs / 1000)} seconds.`));
    } else if (
      elapsedMs > this.#limits.bodyGraceMs &&
      this.#bytes < (elapsedMs / 1000) * this.#limits.bodyBytesPerSecond
    ) {
      this.#fail(tooSlow(`The body came at less than ${this.#limits.bodyBytesPerSecond} bytes a second.`));
    }
  }

  #holdOnly(bytes: number): void {
    const free = this.#heldBytes - bytes;
    if (free <= 0) return;
    this.#room.giveBack(free);
    this.#heldBytes = bytes;
  }

  #take(chunk: Buffer): void {
    if (this.#settled) return;
    this.#silentTicks = 0;
    this.#bytes += chunk.length;
    const refusal =
      this.#bytes > this.#maxBytes ? tooLarge(this.#maxBytes) : this.#room.take(chunk.length, this.#heldBytes);
    if (refusal !== undefined) return this.#fail(refusal);
    this.#heldBytes += chunk.length;
    this.#keep(chunk);
  }

  /** A body in pieces of one byte each would cost a hundred times its size. */
  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    if (this.#chunks.length - this.#joined < manyChunks) return;
    this.#chunks.push(Buffer.concat(this.#chunks.splice(this.#joined)));
    this.#joined += 1;
  }

  #finish(): void {
    if (!this.#settle()) return;
    this.#isWhole = true;
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#body = body;
    this.#chunks.length = 0;
    const isTrusted = this.#ticks * this.#ticker.intervalMs < this.#limits.bodyTrustMs;
    this.#resolve(isTrusted ? body : this.#sender.askAgain().then(() => body));
    // They would lead to the body, each of them.
    this.#resolve = nobody;
    this.#reject = nobody;
  }

  #leave(): void {
    if (!this.#settled) this.#fail(new AditError("client_closed", "The caller left while it was sending the body."));
  }

  #fail(error: AditError): void {
    if (!this.#settle()) return;
    this.#chunks.length = 0;
    this.release();
    this.#reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#ticker.remove(this);
    return true;
  }
}

function tooSlow(words: string): AditError {
  return new AditError("request_timeout", words, { remedy: "Send the request again over a faster connection." });
}
