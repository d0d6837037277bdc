/** Calls from browsers' pages of other origins: only those that the operator lists. */
import type { CallerHeaders } from "../request/caller-headers.ts";
import { routeMethods, type Reply } from "../routes/route.ts";

/** What some path or other takes. */
export const everyMethod = ["HEAD", ...routeMethods, "OPTIONS"].join(", ");

/** Names of headers as a preflight lists them. */
const headerList = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;

export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** Exact origins, or `*` among them for all. */
  constructor(origins: ReadonlySet<string>) {
    this.#origins = origins;
  }

  /** Lets the page of an allowed origin read the answer. Cookies play no part: a key is needed from anywhere. */
  allow(headers: CallerHeaders, reply: Reply): boolean {
    if (this.#origins.size === 0) return false;
    reply.header("vary", "origin");
    const origin = headers.raw("origin");
    if (origin === undefined || !(this.#origins.has("*") || this.#origins.has(origin))) return false;
    reply.header("access-control-allow-origin", this.#origins.has("*") ? "*" : origin);
    reply.header("access-control-expose-headers", "*");
    return true;
  }

  /** Answers a preflight of an allowed origin: any header may be sent, the vendors' are too many to list. */
  allowPreflight(headers: CallerHeaders, reply: Reply): void {
    const asked = headers.raw("access-control-request-headers");
    reply.header("access-control-allow-methods", everyMethod);
    if (asked !== undefined && headerList.test(asked)) reply.header("access-control-allow-headers", asked);
    reply.header("access-control-max-age", "600");
  }
}
