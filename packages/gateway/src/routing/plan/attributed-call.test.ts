import fc from "fast-check";
import { expect, test } from "vitest";
import type { KeptAttribution } from "../../vault/attribution.ts";
import { requestMetadataFor, sessionFor } from "./attributed-call.ts";

const attribution: KeptAttribution = {
  requestMetadata: { a: "metadata.any" },
  sessionTags: { a: "metadata.any" },
  sessionName: "metadata.any",
  projectSlug: "default",
};

/**
 * As AWS's service models write them: RequestMetadataValueString of bedrock-runtime, tagValueType and roleSessionNameType of STS. `\s` stands
 * for what it is in Java: space, tab, line feed, vertical tab, form feed, carriage return.
 */
const requestMetadataValue = /^[a-zA-Z0-9 \t\n\v\f\r:_@$#=/+,-.]{0,256}$/;
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const sessionName = /^[\w+=,.@-]{2,64}$/;

function callWith(any: unknown): Parameters<typeof requestMetadataFor>[1] {
  return { principal: { kind: "admin_key", isGatewayKey: () => false }, metadata: { any } as never };
}

test("whatever a caller says, AWS takes it", () => {
  const anything = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "\u00a0", "\u2028", "\u3000", "\ufeff", "\t", "\u0085"), maxLength: 20 }),
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.string({ unit: "grapheme", maxLength: 400 }),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(anything, (any) => {
      const call = callWith(any);
      expect(requestMetadataFor(attribution, call)?.["a"]).toMatch(requestMetadataValue);
      const session = sessionFor(attribution, call);
      expect(session?.tags["a"]).toMatch(tagValue);
      expect(session?.name).toMatch(sessionName);
    }),
  );
});

test.each(["aws:team", "AWS:team"])("a tag's value does not begin with what AWS keeps for itself: %s", (any) => {
  expect(sessionFor(attribution, callWith(any))?.tags).toEqual({ a: "aws-team" });
  expect(requestMetadataFor(attribution, callWith(any))).toEqual({ a: any });
});

test("a name of metadata that every object has is not known either", () => {
  const odd: KeptAttribution = { ...attribution, requestMetadata: { a: "metadata.constructor" } };
  expect(requestMetadataFor(odd, callWith("x"))).toEqual({ a: "" });
});
