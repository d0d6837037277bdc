/** Secrets that nobody else has, one for each place that takes one, and where they may show themselves. */
import { expect } from "vitest";
import type { House } from "../support/house.ts";

export interface Canaries {
  /** A secret for this place, the same each time. */
  of: (place: string) => string;
  /** Checks that none of them stands in `text`. */
  expectNoneIn: (text: string, what: string) => void;
}

/** `CANARY` and letters: found as it is, in base64 and percent-encoded, and by half of it. */
export function canaries(): Canaries {
  const planted = new Map<string, { secret: string; forms: string[] }>();
  return {
    of: (place) => {
      const known = planted.get(place);
      if (known !== undefined) return known.secret;
      const secret = `CANARY${planted.size}x${place.replace(/[^A-Za-z0-9]/g, "")}xQ7vR2mK9pL4wT8zB3nH6`;
      planted.set(place, { secret, forms: formsOf(secret) });
      return secret;
    },
    expectNoneIn: (text, what) => {
      const found = [...planted].flatMap(([place, { forms }]) =>
        forms
          .map((form) => text.indexOf(form))
          .filter((at) => at !== -1)
          .map((at) => `${place}: ${text.slice(Math.max(0, at - 120), at + 120)}`),
      );
      // Once for all of them: a check of its own for each takes longer than the search.
      expect(found, `what stands in ${what}`).toEqual([]);
    },
  };
}

function formsOf(secret: string): string[] {
  const half = secret.slice(0, Math.ceil(secret.length / 2));
  // The middle of base64 at each of its three alignments.
  const inBase64 = ["", "x", "xx"].map((before) =>
    Buffer.from(before + secret)
      .toString("base64")
      .slice(4, 40),
  );
  return [half, Buffer.from(secret).toString("hex"), ...inBase64];
}

/** Every header and the body of an answer, as one text. */
export async function wholeText(answer: Response): Promise<string> {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return `${answer.status}\n${headers}\n\n${await answer.text()}`;
}

/** What AWS, or who stands for it, was sent as bodies and paths: no credential belongs there. */
export function upstreamBodies(house: Pick<House, "emulator">): string {
  return house.emulator.requests.map(({ path, body }) => `${path}\n${body.toString("utf8")}`).join("\n");
}

/** The headers that AWS was sent, without the two that carry a credential's proof. */
export function upstreamHeaders(house: House): string {
  return house.emulator.requests
    .map(({ headers }) => {
      const { authorization: _authorization, "x-amz-security-token": _token, ...rest } = headers;
      return JSON.stringify(rest);
    })
    .join("\n");
}
