/** Guardrails under attack: texts and patterns that stall, webhooks that hang, lead astray or answer nonsense, addresses of the inside (pains C). */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, refusalOf, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { doors, streamOf, withConfig } from "../guardrails/asked.ts";

const chat = doors[0]!;
const secretHeader = "CANARYheader9pL4wT8zB3nH6";

/** Paths that were called at the webhooks' host, and at another. */
const called: string[] = [];
const server = createServer((request, response) => {
  called.push(request.url ?? "");
  request.resume();
  const json = { "content-type": "application/json" };
  switch (request.url ?? "") {
    case "/hangs":
      return;
    case "/drips":
      response.writeHead(200, json);
      response.write('{"verdict"');
      return;
    case "/redirects":
      response.writeHead(307, { location: `${origin()}/elsewhere` }).end();
      return;
    case "/resets":
      request.socket.destroy();
      return;
    case "/floods":
      response.writeHead(200, json);
      response.end(`{"verdict":true,"x":"${"x".repeat(3 * 1024 * 1024)}"}`);
      return;
    case "/html":
      response.writeHead(200, { "content-type": "text/html" }).end("<html>yes</html>");
      return;
    case "/deep":
      response.writeHead(200, json).end(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
      return;
    case "/pollutes":
      response
        .writeHead(200, json)
        .end(
          '{"verdict":true,"transformedData":{"request":{"json":{"messages":[{"role":"user","content":"x"}],"__proto__":{"polluted":1}}}}}',
        );
      return;
    case "/faulty":
      response.writeHead(200, json).end('{"verdict":true,"transformedData":{"request":{"json":{"messages":"none"}}}}');
      return;
    case "/v1/chat/completions":
      speakWithoutEnd(response);
      return;
    default:
      response.writeHead(200, json).end('{"verdict":"yes"}');
  }
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
function origin(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** True once the endless stream's reader has gone. */
let endlessLeft = false;

function speakWithoutEnd(response: ServerResponse): void {
  const delta = (content: string): string =>
    `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] })}\n\n`;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(delta("4111 1111 1111 1111 "));
  const timer = setInterval(() => response.write(delta("and on and on and on ")), 1);
  response.on("close", () => {
    clearInterval(timer);
    endlessLeft = true;
  });
}

let house: House;
beforeAll(async () => {
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: origin() } });
});
beforeEach(() => {
  house.emulator.clearRequests();
  called.length = 0;
});
afterAll(async () => {
  await house.close();
  server.closeAllConnections();
  server.close();
});

function hook(path: string, more: object = {}): object {
  const headers = { "x-secret": secretHeader };
  return {
    "default.webhook": { webhookURL: `${origin()}${path}`, headers, timeout: 200, failOnError: true, ...more },
    deny: true,
  };
}

describe("a webhook that", () => {
  test.each(["/hangs", "/drips", "/redirects", "/resets", "/floods", "/html", "/deep", "/no-verdict"])(
    "answers as %s fails its check, says why, and tells no secret",
    async (path) => {
      const response = await ask(house, "Hello", {}, withConfig({ input_guardrails: [hook(path)] }));
      const text = await response.text();
      expect(response.status, text).toBe(446);
      expect(text).toMatch(/"explanation":"The (?:host|webhook) /);
      expect(text).not.toContain(secretHeader);
      expect(called).toEqual([path]);
      expect(JSON.stringify(house.logLines())).not.toContain(secretHeader);
    },
  );

  test("pollutes a prototype changes nothing; one that asks for nonsense is the caller's 400", async () => {
    const polluted = await ask(house, "Hello", {}, withConfig({ input_guardrails: [hook("/pollutes")] }));
    expect([200, 400]).toContain(polluted.status);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    const faulty = await ask(house, "Hello", {}, withConfig({ input_guardrails: [hook("/faulty")] }));
    expect(faulty.status).toBe(400);
  });
});

test.each([
  "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
  "http://[fd00:ec2::254]/",
  "http://127.0.0.1:1/",
  "http://localhost/",
  "http://2130706433/",
  "http://user:password@example.com/",
  "file:///etc/passwd",
  "blob:http://127.0.0.1/x",
  "gopher://127.0.0.1/",
  "no address",
])("%s is called by no check", async (webhookURL) => {
  for (const check of [{ "default.webhook": { webhookURL } }, { "default.log": { logURL: webhookURL } }]) {
    const { status, code } = await refusalOf(await ask(house, "Hello", {}, withConfig({ input_guardrails: [check] })));
    expect([status, ["custom_host_not_allowed", "invalid_config"].includes(code ?? "")]).toEqual([400, true]);
  }
  expect(house.emulator.requests).toEqual([]);
});

test("an origin that begins like a listed one is another", async () => {
  const webhookURL = `${origin()}.example.com/check`;
  const config = withConfig({ input_guardrails: [{ "default.webhook": { webhookURL } }] });
  expect((await ask(house, "Hello", {}, config)).status).toBe(400);
});

test("addresses in a text are asked about on the public internet alone", async () => {
  const text = `See ${origin()}/inside and http://169.254.169.254/ and https://127.0.0.1/`;
  const response = await ask(
    house,
    text,
    {},
    withConfig({ input_guardrails: [{ "default.validUrls": {}, deny: true }] }),
  );
  expect(response.status).toBe(446);
  expect(called).toEqual([]);
});

test("headers that would end a header, or are none, are refused with their place", async () => {
  for (const headers of [{ "x-a": "b\r\nx-c: d" }, { "x a": "b" }, "no JSON"]) {
    const check = { "default.webhook": { webhookURL: `${origin()}/ok`, headers } };
    const { param } = await refusalOf(await ask(house, "Hello", {}, withConfig({ input_guardrails: [check] })));
    expect(param).toMatch(/^config\.input_guardrails\[0\]\.default\.webhook\.headers/);
  }
});

describe("patterns that stall others", () => {
  const evil = [
    "(a+)+$",
    "(a|aa)+$",
    "(.*)*x",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(a?){200}a{200}",
    "(x+x+)+y",
    "([^]*?){50}z",
  ];
  const text = `${"a".repeat(20_000)}!`;

  test.each(evil)("%s is done with, and others are served meanwhile", async (rule) => {
    const slow = ask(
      house,
      text,
      {},
      withConfig({ input_guardrails: [{ "default.regexMatch": { rule, not: true }, deny: true }] }),
    );
    const quick = await fetch(`${house.gateway.url}/health`);
    expect(quick.status).toBe(200);
    const response = await slow;
    // Passed, failed, or too long to say: then it has failed.
    expect(`${response.status} ${await response.text()}`).toMatch(/^(?:200 |446 .*(?:matches|too long))/);
  });

  test("very many patterns have one patience together", async () => {
    const checks = Array.from({ length: 90 }, (_, index) => ({
      id: "default.regexMatch",
      parameters: { rule: `(a?){${150 + index}}b`, not: true },
    }));
    const config = withConfig({ before_request_hooks: [{ checks, deny: true }] });
    const response = await ask(house, "a".repeat(100_000), {}, config);
    expect(response.status).toBe(446);
    expect(await response.text()).toContain("too long for the pattern");
  });

  test("a text that cannot be searched is not let through by what should take something out of it", async () => {
    const parameters = { rule: "(a?){240}b", redactText: "[GONE]" };
    const config = withConfig({ input_guardrails: [{ "default.regexReplace": parameters }] });
    const response = await ask(house, `CANARYtext ${"a".repeat(200_000)}`, {}, config);
    expect(response.status).toBe(246);
    const sent = house.emulator.requests[0]?.body.toString("utf8");
    expect(sent).toContain("[GONE]");
    expect(sent).not.toContain("CANARYtext");
  });

  test("a schema that calls itself, or is held against very much, ends", async () => {
    const self = { $ref: "#" };
    const wide = { type: "array", items: { anyOf: Array.from({ length: 50 }, (_, index) => ({ const: index })) } };
    for (const schema of [self, { anyOf: [self, self] }, wide]) {
      const check = { "default.jsonSchema": { schema }, deny: true };
      const response = await ask(
        house,
        JSON.stringify(Array.from({ length: 20_000 }, () => 99)),
        {},
        withConfig({ input_guardrails: [check] }),
      );
      expect(response.status).toBe(446);
    }
  });

  test("very much text is judged or refused, and others are served", async () => {
    const config = withConfig({ input_guardrails: [{ "default.pii": {}, deny: true }] });
    const much = "1 ".repeat(2_500_000);
    const response = await ask(house, much, {}, config);
    expect(response.status).toBe(446);
    expect(await response.text()).toContain("longer than 4000000 characters");
    const redacting = withConfig({ input_guardrails: [{ "default.pii": { redact: true } }] });
    expect((await ask(house, much, {}, redacting)).status).toBe(400);
  });
});

describe("secrets in disguise", () => {
  const deny = (check: object) => withConfig({ input_guardrails: [{ ...check, deny: true }] });

  test.each([
    ["a mark without width", "pass\u200bword"],
    ["a soft hyphen", "pass\u00adword"],
    ["wide letters", "ｐａｓｓｗｏｒｄ"],
    ["a mark of direction", "pass\u202eword"],
    ["tags of Unicode", "pass\u{e0061}word"],
  ])("%s hides no word", async (_name, text) => {
    expect(
      (await ask(house, text, {}, deny({ "default.contains": { words: ["password"], operator: "none" } }))).status,
    ).toBe(446);
    expect((await ask(house, text, {}, deny({ "default.regexMatch": { rule: "password", not: true } }))).status).toBe(
      446,
    );
    const redact = withConfig({
      input_guardrails: [{ "default.regexReplace": { rule: "password", redactText: "#" } }],
    });
    await ask(house, `A ${text}.`, {}, redact);
    expect(house.emulator.requests.at(-1)?.body.toString("utf8")).toContain("A #.");
  });

  test("nor makes a disguise what is allowed", async () => {
    const allowed = deny({ "default.regexMatch": { rule: "^[a-z ]+$" } });
    expect((await ask(house, "only words", {}, allowed)).status).toBe(200);
    expect((await ask(house, "only\u200b words", {}, allowed)).status).toBe(446);
  });

  test("a secret in an earlier message, the system prompt or a part is redacted too", async () => {
    const redact = withConfig({ input_guardrails: [{ "default.pii": { redact: true } }] });
    const mail = "ann@example.com";
    const messages = [
      { role: "system", content: mail },
      { role: "user", content: [{ type: "text", text: mail }] },
      { role: "assistant", content: mail },
      { role: "user", content: "Go on." },
    ];
    await ask(house, "", { messages }, redact);
    const sent = house.emulator.requests[0]?.body.toString("utf8") ?? "";
    expect(sent).not.toContain(mail);
    expect(sent.match(/\[EMAIL_ADDRESS\]/g)).toHaveLength(3);
  });

  test("what is asked of the last message may be asked of all", async () => {
    const messages = [
      { role: "user", content: "password" },
      { role: "assistant", content: "Yes?" },
      { role: "user", content: "Go on." },
    ];
    const words = { words: ["password"], operator: "none" };
    expect((await ask(house, "", { messages }, deny({ "default.contains": words }))).status).toBe(200);
    const all = deny({ "default.contains": { ...words, scope: "all" } });
    expect((await ask(house, "", { messages }, all)).status).toBe(446);
  });
});

test("a stream that is stopped is left upstream as well: nobody pays for words that nobody gets", async () => {
  const target = { provider: "openai", api_key: "key", custom_host: `${origin()}/v1` };
  const config = withConfig({ ...target, output_guardrails: [{ "default.pii": {}, deny: true }] });
  const { raw } = await streamOf(await ask(house, "Hello", { stream: true }, config), chat);
  expect(raw).toContain("guardrail_denied");
  expect(raw).not.toContain("4111");
  expect(house.logLines().at(-1)).toMatchObject({ streamError: "guardrail_denied" });
  await until(() => endlessLeft);
});
