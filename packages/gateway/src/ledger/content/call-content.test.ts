/** No secret in kept content, whole or put together again by whoever reads it: in pieces of a stream, in base64, behind escapes. */
import { encodeFrame, EventStreamDecoder } from "@adit/bedrock";
import { expect, test } from "vitest";
import { CallContent, type KeptContent } from "./call-content.ts";

const secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY99";
const ofKnownForm = "sk-AAAABBBBCCCC1234DDDDEEEEFFFFGGGG1234";
const hideOwn = (words: string): string => words.replaceAll(secret, "[secret]");

function keptOf(take: (content: CallContent) => void): KeptContent {
  const content = new CallContent(
    0,
    () => 5,
    () => {},
  );
  take(content);
  return content.kept();
}

function frame(eventType: string, payload: object): Buffer {
  const text = (value: string) => ({ type: "string" as const, value });
  const headers: Parameters<typeof encodeFrame>[0] = [
    [":event-type", text(eventType)],
    [":content-type", text("application/json")],
    [":message-type", text("event")],
  ];
  return encodeFrame(headers, Buffer.from(JSON.stringify(payload)));
}

/** All texts of a stream that is kept in base64, chunks opened. */
function textsOf(base64: string | undefined): string {
  let text = "";
  new EventStreamDecoder().push(Buffer.from(base64 ?? "", "base64"), (read) => {
    const payload = JSON.parse(read.text()) as { bytes?: string; delta?: { text: string } };
    const inner =
      payload.bytes === undefined
        ? payload
        : (JSON.parse(Buffer.from(payload.bytes, "base64").toString()) as typeof payload);
    text += inner.delta?.text ?? "";
  });
  return text;
}

/** The pieces of a text at every width. */
const cuts = [1, 3, 7, 20].map((width) => (text: string) => text.match(new RegExp(`.{1,${width}}`, "gs")) ?? []);

test.each([secret, ofKnownForm])("frames whose texts make up %s", (canary) => {
  for (const cut of cuts) {
    const pieces = cut(`Your key is ${canary}, keep it well`);
    const kept = keptOf((content) => {
      content.sent(Buffer.from("{}"), hideOwn);
      for (const text of pieces)
        content.received(frame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }));
    });
    expect(textsOf(kept.exchanges[0]?.received?.base64)).toBe("Your key is [secret], keep it well");
  }
});

test.each([secret, ofKnownForm])("chunks in base64, received and answered, that hold %s", (canary) => {
  for (const cut of cuts) {
    const frames = cut(`Your key is ${canary}!`).map((text) =>
      frame("chunk", {
        bytes: Buffer.from(JSON.stringify({ type: "content_block_delta", index: 0, delta: { text } })).toString(
          "base64",
        ),
        p: "abcd",
      }),
    );
    const kept = keptOf((content) => {
      content.sent(Buffer.from("{}"), hideOwn);
      for (const bytes of frames) content.received(bytes);
      for (const bytes of frames) content.answered(bytes);
    });
    expect(textsOf(kept.exchanges[0]?.received?.base64)).toBe("Your key is [secret]!");
    expect(textsOf(kept.answered?.base64)).toBe("Your key is [secret]!");
  }
});

test.each([secret, ofKnownForm])("server-sent events that make up %s, wherever the writes are cut", (canary) => {
  const delta = (content: string) =>
    `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content } }] })}\n\n`;
  for (const cut of cuts) {
    const stream = `${cut(`Ä key: ${canary}.`).map(delta).join("")}data: [DONE]\n\n`;
    for (const cutWrites of cuts) {
      const kept = keptOf((content) => {
        content.sent(Buffer.from("{}"), hideOwn);
        for (const write of cutWrites(stream)) content.answered(write);
      });
      const text = kept.answered?.text ?? kept.answeredEvents?.map(([, part]) => part).join("") ?? "";
      const said = [...text.matchAll(/^data: (\{.*)$/gm)].map(
        ([, data = ""]) => (JSON.parse(data) as { choices: [{ delta: { content: string } }] }).choices[0].delta.content,
      );
      expect(said.join("")).toBe("Ä key: [secret].");
      expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    }
  }
});

test("two blocks side by side are searched each for itself", () => {
  const half = secret.length / 2;
  const delta = (index: number, text: string) => `data: ${JSON.stringify({ index, delta: { text } })}\n\n`;
  const stream = [secret.slice(0, half), secret.slice(half)].map((text) => delta(0, text) + delta(1, "between"));
  const kept = keptOf((content) => {
    content.sent(Buffer.from("{}"), hideOwn);
    for (const write of stream) content.answered(write);
  });
  expect(kept.answeredEvents?.map(([, text]) => text).join("")).toBe(
    delta(0, "[secret]") + delta(1, "between") + delta(0, "") + delta(1, "between"),
  );
});

test.each([1, 2, 3])("JSON in base64, %d deep", (depth) => {
  const inBase64 = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64");
  const written = (words: string, levels = depth): object =>
    levels === 0 ? { text: words } : { a: "b", inner: inBase64(written(words, levels - 1)) };
  const kept = keptOf((content) => content.asked(Buffer.from(JSON.stringify(written(ofKnownForm)))));
  expect(JSON.parse(kept.asked?.text ?? "")).toEqual(written("[secret]"));
});

test("a body that is whole: behind escapes, in base64, in JSON within a text", () => {
  const escaped = Buffer.from(ofKnownForm)
    .toString("hex")
    .replaceAll(/../g, (code) => `\\u00${code}`);
  const body = `{"messages":[{"content":"${escaped}"},{"document":"${Buffer.from(`key=${ofKnownForm}`).toString("base64")}"},
    {"url":"data:text/plain;base64,${Buffer.from(ofKnownForm).toString("base64")}"},
    {"arguments":"{\\"password\\":\\"hunter2hunter2\\"}"}]}`;
  const kept = keptOf((content) => content.asked(Buffer.from(body)));
  expect(JSON.parse(kept.asked?.text ?? "")).toEqual({
    messages: [
      { content: "[secret]" },
      { document: Buffer.from("key=[secret]").toString("base64") },
      { url: `data:text/plain;base64,${Buffer.from("[secret]").toString("base64")}` },
      { arguments: '{"password":"[secret]"}' },
    ],
  });
});

const utf8 = (text: string): Buffer => Buffer.from(text);
const inLines = (bytes: Buffer): string => bytes.toString("base64").replaceAll(/.{20}/g, "$&\r\n");
test.each<[string, (text: string) => Buffer, (bytes: Buffer) => string]>([
  ["in base64 of lines", utf8, inLines],
  ["that is no UTF-8", (text) => Buffer.from(text, "latin1"), (bytes) => bytes.toString("base64")],
  ["in UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le"), (bytes) => bytes.toString("base64")],
  ["in UTF-16 without its mark", (text) => Buffer.from(text, "utf16le"), (bytes) => bytes.toString("base64")],
  [
    "in UTF-16 of the other order",
    (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
    (bytes) => bytes.toString("base64"),
  ],
  ["in that without its mark", (text) => Buffer.from(text, "utf16le").swap16(), (bytes) => bytes.toString("base64")],
  [
    "in escapes",
    utf8,
    (bytes) =>
      `data:text/plain,${bytes.toString("latin1").replaceAll(/./g, (each) => `%${Buffer.from(each, "latin1").toString("hex")}`)}`,
  ],
])("a file's text %s", (_name, bytesOf, written) => {
  const text = `M\u00fcller's key: ${ofKnownForm}, and ${secret}.`;
  const body = { messages: [{ content: [{ document: { source: { bytes: written(bytesOf(text)) } } }] }] };
  const kept = keptOf((content) => {
    content.asked(Buffer.from(JSON.stringify(body)));
    content.sent(undefined, hideOwn);
  });
  const asked = JSON.parse(kept.asked?.text ?? "") as typeof body;
  const now = asked.messages[0]?.content[0]?.document.source.bytes ?? "";
  const safe = text.replace(ofKnownForm, "[secret]").replace(secret, "[secret]");
  const bytes = now.startsWith("data:")
    ? utf8(decodeURIComponent(now.slice("data:text/plain,".length)))
    : Buffer.from(now, "base64");
  expect(bytes.toString("latin1")).toBe(bytesOf(safe).toString("latin1"));
});

test.each<BufferEncoding>(["latin1", "utf16le"])("a file in %s that is cut off with its body", (encoding) => {
  const head = '{"messages":[{"file":{"file_data":"';
  const bytes = Buffer.from(`M\u00fcller's key: ${ofKnownForm}. ${"\u00fc ".repeat(500_000)}`, encoding);
  const kept = keptOf((content) => content.asked(Buffer.from(`${head}${bytes.toString("base64")}"}}]}`)));
  expect(kept.asked?.isCut).toBe(true);
  const text = Buffer.from(kept.asked?.text?.slice(head.length) ?? "", "base64").toString(encoding);
  expect(text.startsWith("M\u00fcller's key: [secret]. \u00fc ")).toBe(true);
});

test("a file that is cut off with its body, within a letter", () => {
  const room = 1024 * 1024;
  const head = '{"file_data":"';
  for (const few of [1, 2, 3, 4, 5]) {
    const bytes = Buffer.from(`${ofKnownForm} ${"a".repeat(few)}${"\u{1f4b6}".repeat(room / 4)}`);
    const kept = keptOf((content) => content.asked(Buffer.from(`${head}${bytes.toString("base64")}"}`)));
    const text = Buffer.from(kept.asked?.text?.slice(head.length) ?? "", "base64").toString();
    expect(text.startsWith(`[secret] ${"a".repeat(few)}\u{1f4b6}`)).toBe(true);
  }
});

test.each([secret, ofKnownForm])("base64 among the words of a stream and of a text that is %s", (canary) => {
  const written = Buffer.from(`the key?>: ${canary} ??>`);
  const safe = Buffer.from("the key?>: [secret] ??>");
  for (const alphabet of ["base64", "base64url"] as const) {
    const words = `It says "${written.toString(alphabet)}", and no more.`;
    const hidden = `It says "${safe.toString(alphabet)}", and no more.`;
    for (const cut of cuts) {
      const kept = keptOf((content) => {
        content.sent(Buffer.from(JSON.stringify({ text: words })), hideOwn);
        for (const text of cut(words)) content.received(frame("contentBlockDelta", { delta: { text } }));
      });
      const [exchange] = kept.exchanges;
      expect(exchange?.sent?.text).toBe(JSON.stringify({ text: hidden }));
      expect(textsOf(exchange?.received?.base64)).toBe(hidden);
    }
  }
});

test.each(["https://files.example/of/ann/", "a_name-", "ab/"])(
  "base64 behind %s, whose letters it may have too",
  (before) => {
    const text = `${before}${Buffer.from(`the key: ${ofKnownForm}`).toString("base64")}`;
    const kept = keptOf((content) => content.asked(Buffer.from(JSON.stringify({ text }))));
    const hidden = `${before}${Buffer.from("the key: [secret]").toString("base64")}`;
    expect(kept.asked?.text).toBe(JSON.stringify({ text: hidden }));
  },
);

test("no names make it heavy: long ones above very many texts, and words that tell very many members apart", () => {
  const long = "n".repeat(300_000);
  const bodies = [
    { [long]: Array.from({ length: 100_000 }, () => "a") },
    Object.fromEntries([
      ["type", long],
      ...Array.from({ length: 50_000 }, (_, index) => [`m${index}`, "a"] as const),
    ]) as Record<string, string>,
  ];
  for (const body of bodies) {
    const text = JSON.stringify(body);
    expect(keptOf((content) => content.asked(Buffer.from(text))).asked?.text).toBe(text);
  }
});

test("a body of very many secrets is not kept: looking for each of them everywhere would hold up everybody", () => {
  const bodyOf = (count: number): string =>
    JSON.stringify(Array.from({ length: count }, (_, index) => ({ password: `hunter-${index}-hunter` })));
  const few = keptOf((content) => {
    content.asked(Buffer.from(bodyOf(64)));
    content.answered("hunter-7-hunter");
  });
  expect([few.asked?.text, few.answered?.text].join()).not.toContain("hunter");
  const many = keptOf((content) => {
    content.asked(Buffer.from(bodyOf(30_000)));
    content.sent(Buffer.from(bodyOf(30_000)), hideOwn);
    content.received(Buffer.from(bodyOf(30_000)));
    for (let index = 0; index < 1_000; index += 1) content.answered(`hunter-${index}-hunter`);
  });
  expect(many).toEqual({
    form: 1,
    asked: { isCut: true },
    exchanges: [{ sent: { isCut: true }, received: { isCut: true } }],
    answered: { isCut: true },
    answeredEvents: undefined,
  });
});

test("secrets are found as they are written, whatever letters they have, the longer one first, and very long ones", () => {
  const odd = "a.*+?^${}()|[]/-1";
  const long = "x1".repeat(5_000);
  const body = JSON.stringify([{ password: odd }, { secret: `${odd}234` }, { "api-key": long }]);
  const kept = keptOf((content) => {
    content.asked(Buffer.from(body));
    content.answered(`${odd}234, ${odd}, aXX+?, ${long}`);
  });
  expect(kept.answered?.text).toBe("[secret], [secret], aXX+?, [secret]");
});

test("a private key is hidden to its end, whatever headers it has, and nothing behind it", () => {
  const body = "c2VjcmV0".repeat(40);
  const key = (headers: string): string =>
    `-----BEGIN RSA PRIVATE KEY-----\n${headers}${body}\n-----END RSA PRIVATE KEY-----`;
  for (const headers of ["", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,3F17F5316E2BAC89\n\n"]) {
    const kept = keptOf((content) => content.asked(Buffer.from(`before ${key(headers)} behind`)));
    expect(kept.asked?.text).toBe("before [secret]-----END RSA PRIVATE KEY----- behind");
  }
  const long = key(body.repeat(40));
  expect(keptOf((content) => content.asked(Buffer.from(long))).asked?.text).not.toContain("c2VjcmV0");
});

test("no text makes it slow to look for a token of three parts, which is found behind whatever it is joined to", () => {
  const joined = "-eyJ".repeat(100_000);
  expect(keptOf((content) => content.asked(Buffer.from(joined))).asked?.text).toBe(joined);
  const token = `eyJ${"a1".repeat(10)}.eyJ${"b2".repeat(10)}.${"c3".repeat(10)}`;
  const kept = keptOf((content) => content.asked(Buffer.from(`x ${token} y=${token}, id-${token}`)));
  expect(kept.asked?.text).toBe("x [secret] y=[secret], [secret]");
});

test.each([
  (value: string) => ({ authorization: [value] }),
  (value: string) => ({ OPENAI_API_KEY: value, env: { dbPassword: value, "x-amz-security-token": value } }),
  (value: string) => ({
    text: `api_key says ${JSON.stringify({ inner: JSON.stringify({ body: JSON.stringify({ api_key: value }) }) })}`,
  }),
  (value: string) => ({ arguments: JSON.stringify({ body: JSON.stringify({ password: value }) }) }),
  (value: string) => ({ arguments: JSON.stringify({ body: JSON.stringify({ passphrase: value }) }) }),
  // As Anthropic's requests name what an MCP server asks for.
  (value: string) => ({ mcp_servers: [{ type: "url", authorization_token: value }] }),
])(
  "what stands under a secret's name, however deep in texts of JSON, is hidden there and where it is repeated",
  (body) => {
    const value = "pl41n/with+signs=\u00e9";
    const json = JSON.stringify(body(value));
    const kept = keptOf((content) => {
      content.asked(Buffer.from(json));
      content.answered(`I got ${value}, or ?k=${encodeURIComponent(value)}`);
    });
    expect(kept.asked?.text).not.toContain("pl41n");
    expect(kept.answered?.text).toBe("I got [secret], or ?k=[secret]");
  },
);

test.each([
  (value: string) => `AWS_SECRET_ACCESS_KEY=${value}`,
  (value: string) => `aws_session_token = ${value}==\n`,
  (value: string) => `{ secretAccessKey: '${value}' }`,
  (value: string) => `<SessionToken>${value}</SessionToken>`,
  (value: string) => `x-amz-security-token:${value}`,
  (value: string) => `curl -H 'authorization: bearer ${value}'`,
  (value: string) => `Authorization: Basic ${value}=`,
  (value: string) => `MY_API_KEY="${value}"`,
])("secrets are known by the name before them: %s", (written) => {
  const value = secret.slice(0, 40);
  const text = `Mine is: ${written(value)}`;
  expect(keptOf((content) => content.asked(Buffer.from(text))).asked?.text).not.toContain(value.slice(0, 8));
  for (const other of ["no more than a word", "process.env.MY_KEY_NUMBER_1", "AKeyOfSomeLettersAlone"]) {
    const short = `Mine is: ${written(other)}`;
    expect(keptOf((content) => content.asked(Buffer.from(short))).asked?.text).toBe(short);
  }
});

test("the session token of an address that was signed beforehand, whose slashes are percent-encoded", () => {
  const token = `IQoJb3JpZ2luX2VjEJr${"%2F".repeat(10)}wEaCXVzLWVhc3QtMSJ${secret.slice(0, 40)}%3D%3D`;
  const words = (value: string) => `https://b.s3.amazonaws.com/o?X-Amz-Security-Token=${value}&X-Amz-Expires=900`;
  const kept = keptOf((content) => content.asked(Buffer.from(JSON.stringify({ url: words(token) }))));
  expect(kept.asked?.text).toBe(JSON.stringify({ url: words("[secret]") }));
});

test.each(["api_key=a", "authorization: ", "session_token=a"])(
  "no text makes it slow to look behind names: %s",
  (word) => {
    const text = word.repeat(60_000);
    expect(keptOf((content) => content.asked(Buffer.from(text))).asked?.text).toBe(text);
  },
);

test.each([
  `ghp_${"a1".repeat(18)}`,
  `github_pat_${"A1".repeat(11)}_${"b2".repeat(29)}`,
  `glpat-${"a1".repeat(10)}`,
  `AIza${"a1-".repeat(11)}b_`,
  `hf_${"aB".repeat(17)}`,
  `npm_${"a1".repeat(18)}`,
  `sk_live_${"a1".repeat(12)}`,
])("keys of other services are known by their form: %s", (token) => {
  const kept = keptOf((content) => content.asked(Buffer.from(`It is ${token}, that one.`)));
  expect(kept.asked?.text).toBe("It is [secret], that one.");
});

test("passwords in addresses are hidden, and no other part of an address is", () => {
  const asked = (text: string): string | undefined => keptOf((content) => content.asked(Buffer.from(text))).asked?.text;
  expect(asked('{"text":"DATABASE_URL=postgres://app:s3cr3t!@db:5432/x and redis://:pw@cache"}')).toBe(
    '{"text":"DATABASE_URL=postgres://app:[secret]@db:5432/x and redis://:[secret]@cache"}',
  );
  for (const text of [
    "https://example.com:8443/@scope/a@1, mailto:ann@example.com, ssh://git@example.com:22/a",
    "docker://node:20@sha256:abc",
    "://a:".repeat(60_000),
    "://a@:".repeat(60_000),
  ]) {
    expect(asked(text)).toBe(text);
  }
});

test("what holds no secret stays byte for byte, and of a stream that is broken what can be read", () => {
  const stream = Buffer.concat([
    frame("messageStart", { role: "assistant" }),
    frame("contentBlockDelta", { delta: { text: "Good morning" } }),
  ]);
  const json = '{ "a" : 1.0, "picture": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ" }\n';
  const kept = keptOf((content) => {
    content.asked(Buffer.from(json));
    content.sent(Buffer.from(json), hideOwn);
    content.received(stream.subarray(0, 9));
    content.received(stream.subarray(9));
    content.received(frame("contentBlockDelta", { delta: { text: secret } }).subarray(0, -1));
  });
  expect(kept.asked).toEqual({ text: json });
  expect(kept.exchanges[0]).toEqual({
    sent: { text: json },
    received: { base64: stream.toString("base64"), isCut: true },
  });
});

test.each([secret, ofKnownForm])(
  "JSON that is cut, or stands line by line, keeps no secret in base64 or behind escapes: %s",
  (canary) => {
    const inBase64 = Buffer.from(`# settings\nkey: ${canary}\n`).toString("base64");
    const escaped = canary.replaceAll(/./g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
    const file = `{"file_data":"${inBase64}","said":"The key is ${escaped}."}`;
    const long = "All is well. ".repeat(100_000);
    for (const text of [
      `{"messages":[${file}],"long":"${long}"}`,
      `{"messages":[${file}],"long":"${long}\\`,
      `${file}\n${file}\n`,
      `--b\r\ncontent-type: application/jsonl\r\n\r\n${file}\r\n--b--\r\n`,
    ]) {
      const kept = keptOf((content) => {
        content.sent(Buffer.from("{}"), hideOwn);
        content.asked(Buffer.from(text));
      });
      expect(kept.asked?.text).toContain(Buffer.from("# settings\nkey: [secret]\n").toString("base64"));
      expect(kept.asked?.text).not.toContain(inBase64);
      expect(kept.asked?.text).not.toContain(escaped.slice(0, 60));
      expect(kept.asked?.text).toContain("The key is [secret].");
    }
    const quoted = keptOf((content) => {
      content.sent(Buffer.from("{}"), hideOwn);
      content.asked(Buffer.from(`A "quote, and ${inBase64} behind it`));
    });
    const safe = Buffer.from("# settings\nkey: [secret]\n").toString("base64");
    expect(quoted.asked?.text).toBe(`A "quote, and ${safe} behind it`);
  },
);

test("what is cut behind an escape stays as it is", () => {
  const beginning = `{"a":"${"b\\n".repeat(349_525)}`;
  for (const end of ["\\", "\\u00", '\\"', "\\u00e9 and more", '"'].map((text) => text.padEnd(20, "x"))) {
    const kept = keptOf((content) => content.asked(Buffer.from(beginning + end)));
    expect(kept.asked).toEqual({ text: (beginning + end).slice(0, 1024 * 1024), isCut: true });
  }
});

test("of very many transmissions the first are kept, some MiB of them, and that there were more", () => {
  const piece = Buffer.from(JSON.stringify({ text: "a".repeat(10_000) }));
  const kept = keptOf((content) => {
    content.asked(piece);
    for (let count = 0; count < 2_048; count += 1) {
      const exchange = content.apart();
      exchange.sent(piece, hideOwn);
      exchange.received(piece);
    }
    content.answered(piece);
  });
  const parts = kept.exchanges.flatMap(({ sent, received }) => [sent, received]);
  expect(parts).toHaveLength(4_096);
  expect(parts.slice(0, 600).every((part) => part?.text === piece.toString())).toBe(true);
  expect(parts.at(-1)).toEqual({ text: "", isCut: true });
  expect(JSON.stringify(kept).length).toBeLessThan(8 * 1024 * 1024);
  expect([kept.asked, kept.answered]).toEqual([{ text: piece.toString() }, { text: piece.toString() }]);
});

test("a large body is not held for its beginning", () => {
  const content = new CallContent(
    0,
    () => 5,
    () => {},
  );
  const body = Buffer.alloc(2 * 1024 * 1024, "a");
  content.asked(body);
  body.fill("b");
  expect(content.kept().asked?.text).toBe("a".repeat(1024 * 1024));
});

test("a stream of very many events, each of a secret's pieces, is through within a moment", () => {
  const events = 40_000;
  const kept = keptOf((content) => {
    content.sent(Buffer.from("{}"), hideOwn);
    for (let count = 0; count < events; count += 1) {
      content.answered(`data: {"t":"${count < secret.length ? secret[count] : "-"}"}\n\n`);
    }
  });
  expect(kept.answeredEvents).toHaveLength(events);
  expect(JSON.stringify(kept.answeredEvents?.[0])).toContain("[secret]---");
});

test("what comes byte by byte is kept whole, and its many small pieces are let go", () => {
  const chunk = Buffer.from("a");
  const kept = keptOf((content) => {
    content.sent(Buffer.from("{}"), hideOwn);
    for (let count = 0; count < 100_000; count += 1) content.received(chunk);
    // Of a piece that is held as it came this would be seen.
    chunk.write("b");
  });
  expect(kept.exchanges[0]?.received?.text).toMatch(/^a{90000,}b{0,2000}$/);
  expect(kept.exchanges[0]?.received?.text).toHaveLength(100_000);
});

test("behind what is kept of a stream nothing more is taken down, not even its times", () => {
  let asked = 0;
  const content = new CallContent(
    0,
    () => (asked += 1),
    () => {},
  );
  for (let count = 0; count < 4_000; count += 1) content.answered("a".repeat(1_024));
  expect(asked).toBe(1_025);
  expect(content.kept().answeredEvents).toHaveLength(1_024);
});
