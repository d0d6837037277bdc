import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutAnew } from "./cut-anew.ts";
import { errorFrame, eventFrame, exceptionFrame, recodeStream } from "./encode.ts";
import { padded } from "./padding.ts";

describe("frames", () => {
  // Computed by an independent implementation and by botocore.
  it("are byte for byte those of AWS's wire", () => {
    expect(eventFrame("messageStart", { p: "ab", role: "assistant" }).toString("hex")).toBe(
      "0000007f000000529bc598af0b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2270223a226162222c22726f6c65223a22617373697374616e74227d362c6c18",
    );
    const payload = { message: "Too many requests, please wait before trying again." };
    expect(exceptionFrame("throttlingException", payload).toString("hex")).toBe(
      "000000b2000000613590d5d30f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a22546f6f206d616e792072657175657374732c20706c656173652077616974206265666f726520747279696e6720616761696e2e227de8ffb26a",
    );
  });

  it("pass through a recording unchanged, and are refused where a checksum is wrong", () => {
    const frames = [eventFrame("a", { text: "é€😀" }), errorFrame("InternalFailure", "It failed.")];
    const stream = Buffer.concat(frames);
    expect(recodeStream(stream)).toEqual(frames);
    stream.writeUInt8(stream.readUInt8(60) ^ 1, 60);
    expect(() => recodeStream(stream)).toThrow(/checksum/);
  });
});

describe("cutAnew", () => {
  it("loses and adds no byte", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 20 }), (frames) => {
        const parts = frames.map((frame) => Buffer.from(frame));
        const pieces = [...cutAnew(parts)];
        expect(Buffer.concat(pieces)).toEqual(Buffer.concat(parts));
        expect(pieces.every((piece) => piece.length > 0)).toBe(true);
      }),
      { seed: 5 },
    );
  });
});

describe("padded", () => {
  it("keeps the payload and the order of AWS's keys", () => {
    const texts = Array.from({ length: 200 }, () => JSON.stringify(padded({ stopReason: "end_turn", metrics: 1 })));
    expect(texts.every((text) => /^\{"metrics":1,"p":"abc?\w*","stopReason":"end_turn"\}$|"p":"a"/.test(text))).toBe(
      true,
    );
    expect(new Set(texts.map(({ length }) => length)).size).toBeGreaterThan(20);
  });
});
