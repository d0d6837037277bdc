import type { Buffer } from "node:buffer";
import type { Dispatcher } from "undici";
import { codingOf } from "../aws-errors/aws-error.ts";
import { ReplyBody } from "../replies/reply-body.ts";
import { interimFault } from "../transport/interim-answers.ts";
import { fetchFailed, notAllowed, type MediaAddress } from "./media-address.ts";

/** What was fetched, before it is base64. */
export interface MediaBody {
  bytes: Buffer;
  contentType: string;
}

/** Counts the bytes of all items of a call together. Returns false once they are too many. */
export type TakeBytes = (count: number) => boolean;

/** Ends what waits for an answer. */
export interface Settle<Result> {
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/** Types that can be an image, a document, a video or a sound; the last is S3's for an object that was put there without one. */
const carriedType = /^(?:(?:image|video|audio|text|application)\/[a-z0-9!#$&^_.+-]+|binary\/octet-stream)$/;

/**
 * Takes one answer: a 200 of a type that can be media, not compressed, no larger than allowed by its length or by its bytes. Anything else
 * ends the exchange with an AditError, before the body is read where the head shows it.
 */
export class MediaReader implements Dispatcher.DispatchHandler {
  readonly #address: MediaAddress;
  readonly #limits: { maxBytes: number; take: TakeBytes };
  readonly #settle: Settle<MediaBody>;
  readonly #body: ReplyBody;
  #bytes = 0;
  #interim = 0;
  #contentType = "";

  constructor(address: MediaAddress, limits: { maxBytes: number; take: TakeBytes }, settle: Settle<MediaBody>) {
    this.#address = address;
    this.#limits = limits;
    this.#settle = settle;
    this.#body = new ReplyBody(limits.maxBytes);
  }

  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    const error = status < 200 ? this.#interimFault(status) : this.#headFault(status, headers);
    if (error !== undefined) {
      this.#settle.reject(error);
      controller.abort(error);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.maxBytes || !this.#limits.take(chunk.length)) {
      const error = this.#tooLarge();
      this.#settle.reject(error);
      controller.abort(error);
      return;
    }
    this.#body.add(chunk);
  }

  onResponseEnd(): void {
    if (this.#bytes === 0) {
      this.#settle.reject(fetchFailed(this.#address, "answered with an empty body"));
      return;
    }
    this.#settle.resolve({ bytes: this.#body.whole(), contentType: this.#contentType });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    // What has been rejected already stays as it is.
    this.#settle.reject(brokenOff(this.#address, error));
  }

  /** 1xx announce an answer; they are none. */
  #interimFault(status: number): Error | undefined {
    this.#interim += 1;
    const fault = interimFault(status, this.#interim);
    return fault === undefined ? undefined : brokenOff(this.#address, fault);
  }

  #headFault(status: number, headers: Headers): Error | undefined {
    if (status >= 300 && status < 400) {
      return notAllowed(
        this.#address,
        `answered ${status}, a redirect, and redirects are not followed`,
        "Give the address to which it leads, or send the bytes as a data URL.",
      );
    }
    if (status !== 200) {
      return fetchFailed(this.#address, `answered ${status}`);
    }
    // A header may come twice, and a coding of the transfer is undone by nobody either.
    const encoding = [headers["content-encoding"] ?? []].flat().join().trim().toLowerCase();
    if ((encoding !== "" && encoding !== "identity") || codingOf(headers) !== undefined) {
      return fetchFailed(this.#address, "answered with a compressed body, which was not asked for");
    }
    if (Number(valueOf(headers["content-length"])) > this.#limits.maxBytes) {
      return this.#tooLarge();
    }
    // RFC 9110, section 8.3: what names no type may be taken for this.
    const type = valueOf(headers["content-type"]).split(";")[0]?.trim();
    this.#contentType = type === undefined || type === "" ? "application/octet-stream" : type;
    return carriedType.test(this.#contentType)
      ? undefined
      : fetchFailed(this.#address, "answered with a content type that is no image, document, video or sound");
  }

  #tooLarge(): Error {
    const { maxBytes } = this.#limits;
    return this.#bytes <= maxBytes && this.#bytes > 0
      ? fetchFailed(this.#address, "and the others of this request are together larger than is taken")
      : fetchFailed(this.#address, `holds more than ${maxBytes} bytes`);
  }
}

function valueOf(header: string | string[] | undefined): string {
  return (typeof header === "string" ? header : (header?.[0] ?? "")).trim().toLowerCase();
}

function brokenOff(address: MediaAddress, error: Error): Error {
  return fetchFailed(address, `broke off: ${error.message.replace(/\.$/, "")}`, error);
}

/** Takes the status of one answer, and ends the exchange. */
export class StatusReader implements Dispatcher.DispatchHandler {
  readonly #address: MediaAddress;
  readonly #settle: Settle<number>;
  #interim = 0;

  constructor(address: MediaAddress, settle: Settle<number>) {
    this.#address = address;
    this.#settle = settle;
  }

  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) {
      this.#interim += 1;
      const fault = interimFault(status, this.#interim);
      if (fault === undefined) return;
      this.#settle.reject(brokenOff(this.#address, fault));
    }
    this.#settle.resolve(status);
    controller.abort(new Error("Nothing more is asked for."));
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#settle.reject(brokenOff(this.#address, error));
  }
}
