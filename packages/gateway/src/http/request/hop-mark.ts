/** Keeps a gateway from calling itself for ever. */
import { randomBytes } from "node:crypto";
import type { CallerHeaders } from "./caller-headers.ts";

const maxHops = 8;

/**
 * Each gateway adds its mark to the calls that it sends to hosts other than AWS's. A request that bears the gateway's own
 * mark has come back to it (508 `loop_detected`); one that bears many has gone round between others.
 */
export class HopMark {
  /** Name of the header, in requests both ways. */
  readonly header = "x-adit-hop";
  readonly #mark: string;

  /** `mark` is unique to this gateway: no comma, no space. */
  constructor(mark: string = randomBytes(9).toString("base64url")) {
    this.#mark = mark;
  }

  /** True for a request that this gateway sent, or that has passed 8 gateways. */
  isLoop(headers: CallerHeaders): boolean {
    const marks = headers.raw(this.header);
    if (marks === undefined) return false;
    const passed = marks.split(",").map((mark) => mark.trim());
    return passed.includes(this.#mark) || passed.length >= maxHops;
  }

  /** The header's value for a call that goes out on behalf of a request with these headers. */
  next(headers: CallerHeaders): string {
    const marks = headers.raw(this.header);
    return marks === undefined ? this.#mark : `${marks}, ${this.#mark}`;
  }
}
