import type { SeenRequest } from "../options.ts";

const [requestLimit, byteLimit] = [10_000, 64 * 1_024 * 1_024];

/** The latest requests, within bounds of number and of bytes. */
export class RequestLog {
  readonly requests: SeenRequest[] = [];
  #bytes = 0;

  add(request: SeenRequest): void {
    this.requests.push(request);
    this.#bytes += request.body.length;
    while (this.requests.length > requestLimit || (this.#bytes > byteLimit && this.requests.length > 1)) {
      this.#bytes -= this.requests.shift()?.body.length ?? 0;
    }
  }

  clear(): void {
    this.requests.length = 0;
    this.#bytes = 0;
  }
}
