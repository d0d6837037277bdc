import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { standardBase64 } from "../translation/media/base64-check.ts";
import { checkChatRequest } from "./check-request.ts";
import { mediaUrlsOf } from "./request.ts";
import { models, translate, type TranslateOptions } from "./testing/translate.ts";

const base64 = (text: string | number[]): string => Buffer.from(text as string).toString("base64");
const png = base64([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const jpeg = base64([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
const gif = base64("GIF89a....");
const webp = base64("RIFF\x10\x00\x00\x00WEBPVP8 ");
const wav = base64("RIFF\x10\x00\x00\x00WAVEfmt ");
const pdf = base64("%PDF-1.7\n");
const zip = base64("PK\x03\x04....");
const ole = base64([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);

function blocksOf(parts: JsonValue[], options: TranslateOptions = {}): unknown {
  return translate(
    { messages: [{ role: "user", content: [...parts, { type: "text", text: "t" }] }] },
    options,
  ).request.messages?.[0]?.content.slice(0, -1);
}

function refusalOf(parts: JsonValue[], options: TranslateOptions = {}): AditError {
  try {
    blocksOf(parts, options);
  } catch (error) {
    if (error instanceof AditError) {
      return error;
    }
    throw error;
  }
  throw new Error("the request was taken");
}

const image = (url: string, extra: JsonObject = {}): JsonObject => ({
  type: "image_url",
  image_url: { url, ...extra },
});
const file = (fields: JsonObject): JsonObject => ({ type: "file", file: fields });

describe("images", () => {
  it.each([
    ["png", "image/png", png],
    ["jpeg", "image/jpeg", jpeg],
    ["jpeg", "image/jpg", jpeg],
    ["gif", "image/gif", gif],
    ["webp", "image/webp", webp],
  ])("%s as a data URL of %s, the bytes as they came", (format, type, bytes) => {
    expect(blocksOf([image(`data:${type};base64,${bytes}`)])).toEqual([{ image: { format, source: { bytes } } }]);
  });

  it("are what their bytes are, whatever the type says", () => {
    expect(blocksOf([image(`data:image/png;base64,${jpeg}`)])).toEqual([
      { image: { format: "jpeg", source: { bytes: jpeg } } },
    ]);
  });

  it("may be given as a plain string", () => {
    expect(blocksOf([{ type: "image_url", image_url: `data:image/gif;base64,${gif}` }])).toEqual([
      { image: { format: "gif", source: { bytes: gif } } },
    ]);
  });

  it("come from https addresses that were fetched", () => {
    const media = { "https://a.example/cat": { bytes: webp, contentType: "image/webp" } };
    expect(blocksOf([image("https://a.example/cat")], { media })).toEqual([
      { image: { format: "webp", source: { bytes: webp } } },
    ]);
  });

  it("that were not fetched are refused with the path", () => {
    expect(refusalOf([image("https://a.example/cat")]).param).toBe("messages[0].content[0].image_url.url");
  });

  it("are not made of a web page", () => {
    const media = { "https://a.example/cat.png": { bytes: base64("<html>"), contentType: "text/html" } };
    expect(refusalOf([image("https://a.example/cat.png")], { media }).message).toContain("led to a web page");
  });

  it.each(["image/bmp", "image/tiff", "image/svg+xml"])(
    "of type %s are refused, with the formats that there are",
    (type) => {
      const refusal = refusalOf([image(`data:${type};base64,${base64("BM....")}`)]);
      expect(refusal.code).toBe("invalid_request");
      expect(refusal.message).toContain("images are png, jpeg, gif or webp");
    },
  );

  it("in S3 stay there, with the owner of the bucket", () => {
    const part = image("s3://bucket/key.png", { bucketOwner: "123456789012" });
    expect(blocksOf([part], { model: models.novaLite })).toEqual([
      { image: { format: "png", source: { s3Location: { uri: "s3://bucket/key.png", bucketOwner: "123456789012" } } } },
    ]);
    expect(blocksOf([image("s3://bucket/key", { mime_type: "image/gif", bucket_owner: "123456789012" })])).toEqual([
      { image: { format: "gif", source: { s3Location: { uri: "s3://bucket/key", bucketOwner: "123456789012" } } } },
    ]);
  });

  it("in S3 with an owner that is no account are refused", () => {
    expect(refusalOf([image("s3://b/k.png", { bucketOwner: "me" })]).param).toBe(
      "messages[0].content[0].image_url.bucketOwner",
    );
  });

  it.each(["data:image/png;base64", "data:image/png;base64,", "data:text/plain,%E0%A4%A"])(
    "of a broken data URL are refused: %s",
    (url) => {
      expect(refusalOf([image(url)]).code).toBe("invalid_request");
    },
  );

  it("name a detail that Bedrock lacks", () => {
    const messages = [{ role: "user", content: [image(`data:image/png;base64,${png}`, { detail: "high" })] }];
    expect(translate({ messages }).dropped).toEqual(["messages[0].content[0].image_url.detail"]);
  });
});

/** Headers of a ZIP's entries by PKWARE's note: 30 bytes before a name where the entry stands, 46 in the list at the end. */
const entries = (names: string[], signature: string, headerBytes: number): string =>
  names.map((name) => signature + "\0".repeat(headerBytes - 4) + name).join("");
const archive = (...names: string[]): string => base64(entries(names, "PK\x03\x04", 30));
const listedAtEnd = (...names: string[]): string =>
  base64(`PK\x03\x04${"\0".repeat(80_000)}${entries(names, "PK\x01\x02", 46)}`);

describe("files", () => {
  it.each([
    ["docx", archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")],
    ["xlsx", archive("[Content_Types].xml", "xl/workbook.xml")],
    ["docx", listedAtEnd("[Content_Types].xml", "word/document.xml")],
  ])("that are archives of a program's own form are %s, whatever they are called", (format, bytes) => {
    for (const name of ["a", "a.zip", "a.bin"]) {
      expect(blocksOf([file({ filename: name, file_data: bytes })])).toEqual([
        { document: { format, name: "a", source: { bytes } } },
      ]);
    }
    expect(blocksOf([file({ file_data: bytes })])).toMatchObject([{ document: { format } }]);
  });

  it.each([
    { file_data: zip },
    { filename: "a", file_data: archive("notes.txt") },
    { filename: "a.pptx", file_data: archive("[Content_Types].xml", "ppt/presentation.xml") },
    { filename: "a", file_data: archive("notes.txt", "about/word/") },
    { filename: "a.zip", file_data: `data:application/zip;base64,${zip}` },
    { filename: "a.zip", file_data: zip },
    { file_data: `data:application/zip;base64,${zip}` },
    { filename: "a.zip", file_data: `data:application/octet-stream;base64,${zip}` },
    { filename: "a.msi", file_data: ole },
  ])("of an archive's bytes that say they are no document are refused: %j", (file) => {
    expect(refusalOf([{ type: "file", file }])).toMatchObject({
      code: "invalid_request",
      param: "messages[0].content[0].file.file_data",
    });
  });

  it.each([
    ["docx", { filename: "a.docx", file_data: `data:application/zip;base64,${zip}` }],
    ["doc", { filename: "a", file_data: ole }],
  ])("of such bytes without a word are %s: %j", (format, file) => {
    expect(blocksOf([{ type: "file", file }])).toMatchObject([{ document: { format } }]);
  });

  it.each([
    ["pdf", { filename: "a.pdf", file_data: `data:application/pdf;base64,${pdf}` }, pdf],
    ["pdf", { filename: "a.pdf", file_data: pdf }, pdf],
    ["docx", { filename: "a.docx", file_data: zip }, zip],
    ["xlsx", { filename: "a.xlsx", file_data: zip }, zip],
    [
      "xlsx",
      {
        file_name: "a",
        mime_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        file_data: zip,
      },
      zip,
    ],
    ["doc", { filename: "a.doc", file_data: ole }, ole],
    ["xls", { filename: "a.xls", file_data: ole }, ole],
    ["csv", { filename: "a.csv", file_data: base64("x,y") }, base64("x,y")],
    ["html", { filename: "a.htm", file_data: base64("<p>") }, base64("<p>")],
    ["md", { filename: "a.md", file_data: base64("# x") }, base64("# x")],
    ["txt", { filename: "a.txt", file_data: base64("x") }, base64("x")],
    ["txt", { filename: "a.json", file_data: `data:application/json;base64,${base64("{}")}` }, base64("{}")],
    ["txt", { filename: "a.py", file_data: base64("print()") }, base64("print()")],
    ["txt", { filename: "a", mime_type: "text/plain", file_data: base64("x") }, base64("x")],
  ])("are documents of format %s: %j", (format, fields, bytes) => {
    expect(blocksOf([file(fields)])).toEqual([{ document: { format, name: "a", source: { bytes } } }]);
  });

  it("in a data URL without base64 are encoded", () => {
    expect(blocksOf([file({ filename: "a.txt", file_data: "data:text/plain,h%C3%A9" })])).toEqual([
      { document: { format: "txt", name: "a", source: { bytes: base64("hé") } } },
    ]);
  });

  it("that are images, video or audio become those", () => {
    expect(
      blocksOf([
        file({ filename: "a.png", file_data: png }),
        file({ filename: "a.mp4", file_data: base64([0, 0, 0, 24]) }),
        file({ filename: "a.wav", file_data: wav }),
      ]),
    ).toEqual([
      { image: { format: "png", source: { bytes: png } } },
      { video: { format: "mp4", source: { bytes: base64([0, 0, 0, 24]) } } },
      { audio: { format: "wav", source: { bytes: wav } } },
    ]);
  });

  it("come from https addresses, named by them", () => {
    const media = {
      "https://a.example/x/report%20one.pdf?sig=1": { bytes: pdf, contentType: "application/octet-stream" },
    };
    expect(blocksOf([file({ file_url: "https://a.example/x/report%20one.pdf?sig=1" })], { media })).toEqual([
      { document: { format: "pdf", name: "report-20one", source: { bytes: pdf } } },
    ]);
  });

  it("in S3 stay there; without a type they are PDF, as Portkey has it", () => {
    expect(blocksOf([file({ file_url: "s3://b/k", file_name: "Terms" })])).toEqual([
      { document: { format: "pdf", name: "Terms", source: { s3Location: { uri: "s3://b/k" } } } },
    ]);
  });

  it("with bytes beside an address are taken from there, and the bytes are named", () => {
    const both = { file_url: "s3://b/k.pdf", file_data: "data:application/pdf;base64,JVBERi0=" };
    const { request, dropped } = translate({
      messages: [{ role: "user", content: [file(both), { type: "text", text: "a" }] }],
    });
    expect(request.messages?.[0]?.content[0]?.document?.source).toEqual({ s3Location: { uri: "s3://b/k.pdf" } });
    expect(dropped).toEqual(["messages[0].content[0].file.file_data"]);
  });

  it("an image in S3 whose ending does not tell its format is refused with the way out", () => {
    const image = (more: object): JsonObject => ({ type: "image_url", image_url: { url: "s3://b/k", ...more } });
    expect(refusalOf([image({})]).message).toContain("also by mime_type beside it");
    expect(blocksOf([image({ mime_type: "image/png" })])).toEqual([
      { image: { format: "png", source: { s3Location: { uri: "s3://b/k" } } } },
    ]);
  });

  it("of bytes that nothing tells are refused", () => {
    expect(refusalOf([file({ filename: "a.bin", file_data: base64([0, 1, 2, 3]) })]).message).toContain(
      "cannot be told",
    );
  });

  it("by id are refused with the way out", () => {
    const body = { model: "m", messages: [{ role: "user", content: [file({ file_id: "file-1" })] }] };
    expect(() => checkChatRequest(body)).toThrow("send file_data or file_url");
  });
});

describe("names of documents", () => {
  const namesOf = (names: (string | undefined)[]): { names: unknown; dropped: string[] } => {
    const parts = names.map((name) =>
      file(name === undefined ? { file_data: pdf } : { filename: name, file_data: pdf }),
    );
    const { request, dropped } = translate({
      messages: [
        { role: "user", content: [...parts.slice(0, 1), { type: "text", text: "a" }] },
        { role: "assistant", content: "b" },
        { role: "user", content: [...parts.slice(1), { type: "text", text: "c" }] },
      ],
    });
    const blocks = request.messages?.flatMap((turn) => turn.content) ?? [];
    return { names: blocks.flatMap((block) => (block.document === undefined ? [] : [block.document.name])), dropped };
  };

  it("that AWS takes stay as they are, underscore included (recorded)", () => {
    expect(namesOf(["company_policy.pdf", "Q3 (final) [v2]-x.pdf"])).toEqual({
      names: ["company_policy", "Q3 (final) [v2]-x"],
      dropped: [],
    });
  });

  it("that AWS refuses are cleaned, and that is named", () => {
    expect(namesOf(["v1.2 – draft.pdf", "全角　空白.pdf", "tab\tname.pdf"])).toEqual({
      names: ["v1-2 - draft", "Document", "tab-name"],
      dropped: [
        "messages[0].content[0].file.filename",
        "messages[2].content[0].file.filename",
        "messages[2].content[1].file.filename",
      ],
    });
  });

  it("are unique in the whole conversation", () => {
    expect(namesOf(["a.pdf", "a.pdf", "a.pdf", undefined, undefined]).names).toEqual([
      "a",
      "a (2)",
      "a (3)",
      "Document",
      "Document (2)",
    ]);
  });

  it("are unique at 200 characters too", () => {
    const long = "x".repeat(300);
    const names = namesOf([`${long}.pdf`, `${long}.pdf`]).names as string[];
    expect(names[0]).toBe("x".repeat(200));
    expect(names[1]).toBe(`${"x".repeat(196)} (2)`);
  });

  it("many names with one beginning cost their number, not the square of it", () => {
    const names = Array.from({ length: 20_000 }, (_name, index) => `${"x".repeat(190)}${index}`);
    const files = [...names, ...names].map((filename) => file({ filename, file_data: base64("x") }));
    const startedAt = performance.now();
    const blocks = blocksOf(files) as { document: { name: string } }[];
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(new Set(blocks.map(({ document }) => document.name)).size).toBe(40_000);
  });

  it("in AWS's shape under a name of another type are refused: they went under a made-up one, unsaid", () => {
    const document = { format: "txt", name: 5, source: { text: "x" } };
    expect(refusalOf([{ document }]).param).toBe("messages[0].content[0].document.name");
  });

  it("of documents in AWS's shape obey the same rules", () => {
    const document = { format: "txt", name: "a.b", source: { text: "x" }, citations: { enabled: true } };
    expect(blocksOf([{ document }])).toEqual([{ document: { ...document, name: "a-b" } }]);
  });
});

describe("a document without words", () => {
  it("gets a text beside it, which AWS demands, and that is named", () => {
    const { request, dropped } = translate({
      messages: [{ role: "user", content: [file({ filename: "a.pdf", file_data: pdf })] }],
    });
    expect(request.messages?.[0]?.content.at(-1)).toEqual({ text: "." });
    expect(dropped).toEqual(["messages[0]"]);
  });
});

describe("video and audio", () => {
  it.each([
    ["mp4", "video/mp4"],
    ["mov", "video/quicktime"],
    ["mkv", "video/x-matroska"],
    ["three_gp", "video/3gpp"],
  ])("video of format %s from %s, in either part", (format, type) => {
    const bytes = base64([0, 0, 0, 24, 0x66]);
    const expected = { video: { format, source: { bytes } } };
    const url = `data:${type};base64,${bytes}`;
    expect(blocksOf([image(url), { type: "video_url", video_url: { url } }])).toEqual([expected, expected]);
  });

  it("audio by its format or its data URL", () => {
    const audio = (fields: JsonObject): JsonObject => ({ type: "input_audio", input_audio: fields });
    expect(
      blocksOf([
        audio({ data: wav, format: "wav" }),
        audio({ data: "SUQz", format: "mp3" }),
        audio({ data: `data:audio/wav;base64,${wav}` }),
      ]),
    ).toEqual([
      { audio: { format: "wav", source: { bytes: wav } } },
      { audio: { format: "mp3", source: { bytes: "SUQz" } } },
      { audio: { format: "wav", source: { bytes: wav } } },
    ]);
    expect(refusalOf([audio({ data: "SUQz", format: "midi" })]).param).toBe(
      "messages[0].content[0].input_audio.format",
    );
  });
});

describe("the addresses to fetch", () => {
  it("are those of every message, results of tools too, each once; data URLs and S3 are none", () => {
    const request = checkChatRequest({
      model: "m",
      messages: [
        {
          role: "user",
          content: [image("https://a.example/1"), image("data:image/png;base64,AA=="), image("s3://b/k")],
        },
        { role: "assistant", content: null, tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] },
        { role: "tool", tool_call_id: "a", content: [image("https://a.example/2"), image("https://a.example/1")] },
        {
          role: "user",
          content: [file({ file_url: "http://10.0.0.1/x" }), { type: "video_url", video_url: "https://a.example/3" }],
        },
      ],
    });
    const place = (url: string): string | undefined => mediaUrlsOf(request).get(url);
    expect([...mediaUrlsOf(request).keys()]).toEqual([
      "https://a.example/1",
      "https://a.example/2",
      "http://10.0.0.1/x",
      "https://a.example/3",
    ]);
    expect(place("https://a.example/1")).toMatch(/^messages\[\d\]\.content\[0\]\.image_url/);
    expect(place("http://10.0.0.1/x")).toMatch(/\.content\[0\]\.file\.file_url$/);
    expect(place("https://a.example/3")).toMatch(/\.content\[1\]\.video_url$/);
  });
});

describe("data URLs and base64", () => {
  const image = (url: string): JsonObject => ({
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
  });
  const bytes = Buffer.from("89504e470d0a1a0a0000000d49484452fbff", "hex").toString("base64");

  it("scheme and type may be in capitals, and bytes percent-encoded", () => {
    for (const url of [
      `DATA:IMAGE/PNG;BASE64,${bytes}`,
      `Data:image/png;base64,${bytes}`,
      `data:image/png;base64,${encodeURIComponent(bytes)}`,
    ]) {
      const body = image(url);
      expect(translate(body).request.messages?.[0]?.content).toEqual([{ image: { format: "png", source: { bytes } } }]);
      expect(mediaUrlsOf({ model: "m", ...body } as unknown as Parameters<typeof mediaUrlsOf>[0]).size).toBe(0);
    }
  });

  it.each<[JsonObject, string]>([
    [{ type: "image_url", image_url: { url: `data:image/png;base64,${bytes.slice(0, 13)}` } }, "image_url.url"],
    [{ type: "image_url", image_url: `data:image/png;base64,${bytes.slice(0, 8)}!${bytes.slice(9)}` }, "image_url"],
    [{ type: "file", file: { file_data: "<not base64>", filename: "a.txt" } }, "file.file_data"],
    [{ type: "file", file: { file_data: "QUJD=QUJ", filename: "a.txt" } }, "file.file_data"],
    [{ type: "input_audio", input_audio: { data: "UklG*AAA", format: "wav" } }, "input_audio.data"],
  ])("what is not base64 is refused with its path: %j", (part, path) => {
    const body = { messages: [{ role: "user", content: [{ type: "text", text: "a" }, part] }] };
    expect(() => translate(body)).toThrow(
      expect.objectContaining({ code: "invalid_request", param: `messages[0].content[1].${path}` }),
    );
  });

  it("base64 with blanks of every kind behind each letter is joined, and letters of other scripts are none", () => {
    const text = Buffer.alloc(1_500, 0x5b).toString("base64");
    const blanks = [" ", "\n", "\r\n", "\t", "\u000b", "\f", "\u00a0", "\u2028", "\u3000", "\ufeff", " \u2009\n"];
    for (const blank of blanks) {
      expect(standardBase64(text.replaceAll(/(.)/g, `$1${blank}`))).toBe(text);
      expect(standardBase64(`${text.slice(0, 8)}${blank}\u0141${text.slice(9)}`)).toBeUndefined();
    }
  });

  it("any bytes in base64 arrive as AWS reads them, wrapped in lines, without padding or in the alphabet of URLs too", () => {
    for (let length = 1; length < 40; length += 1) {
      const text = Buffer.alloc(length, 0xfb).toString("base64");
      const ofUrls = text.replaceAll("+", "-").replaceAll("/", "_");
      for (const form of [text, ofUrls]) {
        for (const given of [form, form.replace(/=+$/, ""), form.replaceAll(/(.{8})/g, "$1\r\n")]) {
          expect(standardBase64(given)).toBe(text);
          expect(standardBase64(`${given.slice(0, 1)}?${given.slice(2)}`)).toBeUndefined();
        }
      }
    }
  });

  it("reach the request so, from a file, a data URL and a sound", () => {
    const odd = Buffer.from([0xfb, 0xff, 0xfe, 0x41]).toString("base64url");
    const standard = "+//+QQ==";
    const parts = [
      { type: "text", text: "a" },
      { type: "file", file: { filename: "a.txt", file_data: odd } },
      { type: "image_url", image_url: `data:image/png;base64,${odd}` },
      { type: "input_audio", input_audio: { data: `${odd.slice(0, 4)}\n${odd.slice(4)}`, format: "wav" } },
    ];
    const blocks = blocksOf(parts) as { [member: string]: { source: { bytes: string } } }[];
    expect(blocks.flatMap((block) => Object.values(block).flatMap((value) => value.source?.bytes ?? []))).toEqual([
      standard,
      standard,
      standard,
    ]);
  });
});
