import { Sha256 } from "@aws-crypto/sha256-js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { NodeSha256 } from "./node-sha256.ts";

it("agrees with AWS's own hash, with and without a secret, in one piece and in two", async () => {
  // AWS takes an empty text for no secret; no key of a signature is empty.
  const secret = fc.option(fc.oneof(fc.string({ minLength: 1 }), fc.uint8Array({ minLength: 1 })), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(secret, fc.uint8Array(), fc.string({ unit: "binary" }), async (key, bytes, text) => {
      const [ours, theirs] = [new NodeSha256(key), new Sha256(key)];
      for (const hash of [ours, theirs]) {
        hash.update(new Uint8Array([1]));
        hash.reset();
        hash.update(bytes);
        hash.update(Buffer.from(text));
      }
      expect(Buffer.from(await ours.digest())).toEqual(Buffer.from(await theirs.digest()));
    }),
    { numRuns: 200, seed: 3 },
  );
});
