import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HmacKey } from "./hmac-key.ts";

test("signs as node's Hmac does, any key and text, one key many times", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 5 }),
      (bytes, texts) => {
        const key = Buffer.from(bytes);
        const signer = new HmacKey(key);
        for (const text of texts) {
          expect(signer.sign(text)).toBe(createHmac("sha256", key).update(text).digest("hex"));
          expect(signer.sign(text, "base64url")).toBe(createHmac("sha256", key).update(text).digest("base64url"));
        }
      },
    ),
  );
});

test("a key that is longer than a block is refused, not signed with wrongly", () => {
  expect(() => new HmacKey(randomBytes(65))).toThrow(RangeError);
});
