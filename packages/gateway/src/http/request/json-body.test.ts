import { isUtf8 } from "node:buffer";
import { AditError } from "@adit/bedrock";
import { valueNestsDeeperThan } from "@adit/bedrock/gateway";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkReadable, parseJsonBody } from "./json-body.ts";
import { placeOfDepth } from "./json-depth.ts";
import { findJsonFault } from "./json-fault.ts";

function refusal(body: string | Buffer, maxDepth = 200): AditError {
  try {
    parseJsonBody(Buffer.from(body as string), maxDepth);
  } catch (error) {
    if (AditError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("It was taken.");
}

function outcome(body: Buffer): string {
  try {
    parseJsonBody(body, 200);
    return "taken";
  } catch (error) {
    return AditError.isInstance(error) ? error.code : "another error";
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The first byte of what a decoder, fed byte by byte, refuses or is still waiting to end. */
function firstOddByte(bytes: Buffer): number {
  for (let from = 0; from < bytes.length;) {
    const length = [1, 2, 3, 4].find(
      (count) => from + count <= bytes.length && isUtf8(bytes.subarray(from, from + count)),
    );
    if (length === undefined) return from;
    from += length;
  }
  return bytes.length;
}

/** A third way to count the containers in one another, for values that are known to be shallow. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe("parseJsonBody", () => {
  it("reads objects, ASCII and not, with and without a byte order mark", () => {
    expect(parseJsonBody(Buffer.from('{"a":[1,"x"]}'), 200)).toEqual({ a: [1, "x"] });
    expect(parseJsonBody(Buffer.from('\uFEFF{"a":"Grüße 🙂"}'), 200)).toEqual({ a: "Grüße 🙂" });
    expect(parseJsonBody(Buffer.from(' {"a":1}\r\n'), 200)).toEqual({ a: 1 });
  });

  it("keeps __proto__ a plain name and lets the last of two equal names count", () => {
    const value = parseJsonBody(Buffer.from('{"__proto__":{"admin":true},"constructor":1,"a":1,"a":2}'), 200);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { admin?: unknown }).admin).toBeUndefined();
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
    expect(value["a"]).toBe(2);
  });

  it.each([
    ["", 1, 1, 0, /empty/],
    ["{", 1, 2, 1, /ends where a name/],
    ['{"a":1,}', 1, 7, 6, /comma before }/],
    ['{"a":[1,2,\n]}', 1, 10, 9, /comma before \]/],
    ['{\n  // hello\n  "a": 1}', 2, 3, 4, /comments are not allowed/],
    ['{\n  "a": 1 # one\n}', 2, 10, 11, /comments are not allowed/],
    ["{'a': 1}", 1, 2, 1, /double quotes/],
    ["{a: 1}", 1, 2, 1, /name in double quotes/],
    ['{"a": NaN}', 1, 7, 6, /NaN is not JSON/],
    ['{"a": True}', 1, 7, 6, /True is not JSON/],
    ['{"a": 01}', 1, 8, 7, /end of the number/],
    ['{"a": .5}', 1, 7, 6, /Expected a value/],
    ['{"a" 1}', 1, 6, 5, /colon/],
    ['{"a": 1 "b": 2}', 1, 9, 8, /comma or }/],
    ['{"a": "x\ny"}', 1, 9, 8, /control character/],
    ['{"a": "\\x"}', 1, 8, 7, /backslash/],
    ['{"a": 1}\n{"b": 2}', 2, 1, 9, /nothing after/],
    ['{"a": "x', 1, 9, 8, /inside a string/],
    ["model=x&messages=y", 1, 1, 0, /Expected a value/],
    ['{"a": [1, 2}', 1, 12, 11, /comma or \]/],
  ])("says where %j breaks", (body, line, column, position, words) => {
    const error = refusal(body);
    expect(error.code).toBe("invalid_json");
    expect(error.status).toBe(400);
    expect(error.message).toContain(`line ${line}, column ${column} (position ${position})`);
    expect(error.message).toMatch(words);
  });

  it("quotes nothing of the body, which may hold a secret", () => {
    const error = refusal('{"aws_secret_access_key": "wJalrXUtnFEMI", oops}');
    expect(error.describe()).not.toContain("wJalr");
    expect(error.describe()).not.toContain("oops");
  });

  it("refuses what is not UTF-8 and what is not an object", () => {
    expect(refusal(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])).message).toContain("UTF-8");
    expect(refusal(Buffer.from('{"a":1}', "utf16le")).code).toBe("invalid_json");
    for (const body of ["[]", "1", "null", '"x"', "true"]) expect(refusal(body).message).toContain("JSON object");
  });

  // The object itself is the first level.
  const inArrays = (depth: number): string => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
  const inObjects = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

  it("takes a depth of 200", () => {
    expect(parseJsonBody(Buffer.from(inArrays(200)), 200)).toHaveProperty("a");
    expect(parseJsonBody(Buffer.from(inObjects(200)), 200)).toHaveProperty("a");
  });

  it.each([201, 10_000, 1_000_000])("refuses a depth of %i without the stack", (depth) => {
    expect(refusal(inArrays(depth)).message).toContain("more than 200");
    expect(refusal(inObjects(depth)).message).toContain("more than 200");
  });

  it("builds nothing of more values than a million, however small each is", () => {
    const most = 1_000_000;
    const told = (body: string): string => refusal(body).describe();
    expect(told(`{"a":[${"1,".repeat(most)}1]}`)).toMatch(
      /^The body holds more than 1000000 values, from byte \d+ on\./,
    );
    expect(told(`{"a":[${"[],".repeat(most / 2)}[]]}`)).toContain("more than 1000000 values");
    expect(told(`{"a":[${'{"a":{}},'.repeat(most / 2)}1]}`)).toContain("more than 1000000 values");
    // What is within a text is one value.
    const text = ",[{".repeat(most);
    expect(parseJsonBody(Buffer.from(JSON.stringify({ text })), 200)).toEqual({ text });
    expect(parseJsonBody(Buffer.from(`{"a":[${"1,".repeat(most - 10)}1]}`), 200)["a"]).toHaveLength(most - 9);
  });

  it("takes no object of more members than 50,000, wherever it stands, and counts those of each object alone", () => {
    const object = (members: number): string =>
      `{${Array.from({ length: members }, (_, at) => `"name${at}":[1,{"a":2}]`).join(",")}}`;
    const most = 50_000;
    const refused = refusal(`{"a":[1,{"b":${object(most + 1)}}]}`);
    expect(refused.describe()).toMatch(/^An object of the body has more than 50000 members, at byte \d+\./);
    expect([refused.code, refused.status]).toEqual(["invalid_json", 400]);
    const taken = parseJsonBody(Buffer.from(`{"a":[${object(most)},${object(most)}],"b":${object(most)}}`), 200);
    expect(Object.keys(taken["b"] as object)).toHaveLength(most);
    expect(() => checkReadable(Buffer.from(object(most + 1)))).toThrow("more than 50000 members");
    expect(() => checkReadable(Buffer.from(object(most)))).not.toThrow();
  });

  it("counts the values of a body that passes as it is, where it is JSON", () => {
    const many = "1,".repeat(1_000_001);
    expect(() => checkReadable(Buffer.from(`{"a":[${many}1]}`))).toThrow("more than 1000000 values");
    expect(() => checkReadable(Buffer.from(` \n[${many}1]`))).toThrow("more than 1000000 values");
    expect(() => checkReadable(Buffer.from(many))).not.toThrow();
    expect(() => checkReadable(Buffer.from(`{"a":"${many}"}`))).not.toThrow();
  });

  it("finds the end of a deep text that is cut off, without the stack", () => {
    expect(refusal(`{"a":${"[".repeat(100_000)}`).code).toBe("invalid_json");
    expect(refusal(`{"a":${"[".repeat(5_000_000)}`).code).toBe("invalid_json");
  });

  it("property: a fault is found exactly where JSON.parse fails, inside the text", () => {
    const pieces = fc.constantFrom(
      ...Array.from("{}[],:\"\\ 01-.eE+tfn/'#u\n\u0001é"),
      "true",
      "null",
      '"a"',
      '"a":',
      "[]",
      "1e5",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
          fc.json(),
        ),
        (text) => {
          const fault = findJsonFault(text);
          expect(fault === undefined).toBe(isJson(text));
          if (fault === undefined) return;
          expect(fault.position).toBeLessThanOrEqual(text.length);
          expect(fault.line).toBe(text.slice(0, fault.position).split("\n").length);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("property: a text with one character more or less breaks where an independent reader breaks too", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(",", "}", "]", '"', "x", "\\"), (text, at, extra) => {
        const place = at % (text.length + 1);
        const broken = text.slice(0, place) + extra + text.slice(place);
        const fault = findJsonFault(broken);
        expect(fault === undefined).toBe(isJson(broken));
        // Nothing is wrong before the place that was changed, but a word that it spoils is named by its beginning.
        expect(fault?.position ?? text.length).toBeGreaterThanOrEqual(place - "false".length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("property: both measures of depth agree with a third", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(7), (member, limit) => {
        const value = { member };
        const deeper = depthOf(value) > limit;
        expect(valueNestsDeeperThan(value, limit)).toBe(deeper);
        expect(placeOfDepth(Buffer.from(JSON.stringify(value)), limit) !== undefined).toBe(deeper);
        expect(placeOfDepth(Buffer.from(JSON.stringify(value, null, 2)), limit) !== undefined).toBe(deeper);
      }),
      { numRuns: 1_000 },
    );
  });

  it("property: what JSON.parse takes is taken, and nothing else is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const bytes = Buffer.from(JSON.stringify(value));
        expect(parseJsonBody(bytes, 200)).toEqual(JSON.parse(bytes.toString("utf8")));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(["taken", "invalid_json"]).toContain(outcome(Buffer.from(bytes)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the place of a fault that JSON's grammar does not name", () => {
  it("is the first byte that is not UTF-8, also behind a replacement character that was sent", () => {
    const good = Buffer.from('{"a":"\u00e9\ufffd\u{1F600}');
    const body = Buffer.concat([good, Buffer.from([0xff]), Buffer.from('"}')]);
    expect(refusal(body).describe()).toContain(`from byte ${good.length} on`);
    expect(refusal(body).describe()).not.toContain("position given");
  });

  it("is found piece by piece: of characters on either side of a piece's end, and by few steps", () => {
    const faults = [
      [0xff],
      [0xc3],
      [0xe2, 0x82],
      [0xf0, 0x9f, 0x98],
      [0x80],
      [0x80, 0x80, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
    ];
    for (const letter of ["\u00e9", "\u20ac", "\ufffd", "\u{1F600}"]) {
      for (const filler of ["", "a", "aa", "aaa"]) {
        const good = Buffer.from(`{"a":"${filler}${letter.repeat(50_000)}`);
        for (const fault of faults) {
          const body = Buffer.concat([good, Buffer.from(fault), Buffer.from('"}')]);
          expect(refusal(body).describe()).toContain(`from byte ${good.length} on`);
        }
      }
    }
  });

  it("property: is where a strict decoder fails that gets one byte after the other", () => {
    const piece = fc.oneof(
      fc.constantFrom("\ufffd".repeat(21_845), "\u20ac".repeat(21_846)),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.uint8Array({ minLength: 1, maxLength: 4 }), piece, (before, odd, after) => {
        const body = Buffer.concat([Buffer.from(before.join("")), odd, Buffer.from(after)]);
        fc.pre(!isUtf8(body));
        expect(refusal(body).describe()).toContain(`from byte ${firstOddByte(body)} on`);
      }),
      { numRuns: 20 },
    );
  });

  it("is found in a body of millions of lines without a list of them", () => {
    const body = Buffer.alloc(20_000_000, "\n");
    body.write("x", body.length - 1);
    const { heapUsed } = process.memoryUsage();
    const error = refusal(body);
    const held = process.memoryUsage().heapUsed - heapUsed;
    expect(error.describe()).toContain("line 20000000, column 1");
    // A list of them would be eight bytes for each.
    expect(held).toBeLessThan(100_000_000);
  });

  it("is the bracket that goes too deep, in small and large bodies", () => {
    for (const filler of ["", " ".repeat(300_000)]) {
      const error = refusal(`${filler}{"a":[[[1]]]}`, 3);
      // The object and two arrays are three; the third array is one too many.
      expect(error.describe()).toContain(`from byte ${filler.length + 7} on`);
    }
  });

  it("is not promised where there is none", () => {
    expect(refusal("[]").describe()).not.toContain("position given");
  });
});
