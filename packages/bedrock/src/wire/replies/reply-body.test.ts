import { expect, test } from "vitest";
import { maxReplyBytes, ReplyBody } from "./reply-body.ts";

test("what came in one piece is given as it is", () => {
  const body = new ReplyBody();
  const piece = Buffer.from("all of it");
  body.add(piece);
  expect(body.whole()).toBe(piece);
});

test("pieces of any size come out as one, and what is added later stays out of it", () => {
  const sizes = [1, 1, 1, 1023, 1024, 5, 70_000, 1, 0, 3, ...Array.from({ length: 200_000 }, (_, index) => index % 3)];
  const text = Buffer.from(
    Array.from({ length: sizes.reduce((sum, size) => sum + size, 0) }, (_, index) => index % 251),
  );
  const body = new ReplyBody();
  let at = 0;
  for (const size of sizes) body.add(text.subarray(at, (at += size)));
  const whole = body.whole();
  expect(whole.equals(text)).toBe(true);
  body.add(Buffer.from("more"));
  expect(whole.equals(text)).toBe(true);
  expect(body.whole().equals(Buffer.concat([text, Buffer.from("more")]))).toBe(true);
});

test("beyond the limit it is refused", () => {
  const body = new ReplyBody();
  body.add(Buffer.alloc(maxReplyBytes));
  expect(() => body.add(Buffer.alloc(1))).toThrow(/larger than/);
});
