/** Bad input: the answer says what is wrong, where, and what to do; and nothing is sent again that cannot succeed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, chatPath, claude, nova, question, refusalOf } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { modelCalls, pairOf } from "../support/seen.ts";

const pair = pairOf("CALLER");
const over = pairOf("OVER", { sessionToken: "session-of-over", expiresAt: Date.now() - 60_000 });
let house: House;
beforeAll(async () => {
  house = await openHouse();
  house.emulator.addCredential(pair);
  house.emulator.addCredential(over);
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

const asPair = (accessKeyId: string, secretAccessKey: string): Record<string, string> => ({
  "x-portkey-aws-access-key-id": accessKeyId,
  "x-portkey-aws-secret-access-key": secretAccessKey,
});

describe("Bad input: models and regions", () => {
  test.each([false, true])("an unknown model: AWS's words and the nearest ids (stream: %s)", async (stream) => {
    const model = "amazon.nova-lite-v9:0";
    // The emulator serves any id of AWS's grammar; the refusal is AWS's recorded one.
    house.emulator.faultNext({ kind: "refuse", type: "ValidationException", model });
    const refusal = await refusalOf(await ask(house, "Hello", { model, stream }));
    expect(refusal).toMatchObject({ status: 400, type: "invalid_request_error" });
    expect(refusal.message).toContain("The provided model identifier is invalid.");
    expect(refusal.message).toContain(`Bedrock has no model "${model}"`);
    expect(refusal.message).toContain("amazon.nova-lite-v1:0");
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test.each(["gpt-4o", "claude-sonnet-4.5", "nova lite", "x".repeat(500), "日本"])(
    "the model %s goes upstream as it is written, once",
    async (model) => {
      const refusal = await refusalOf(await ask(house, "Hello", { model }));
      expect(refusal.status).toBe(400);
      expect(refusal.message).toMatch(/The provided model identifier is invalid|failed to satisfy constraint/);
      expect(modelCalls(house.emulator)).toHaveLength(1);
      expect(modelCalls(house.emulator)[0]?.modelId).toBe(model);
    },
  );

  test("the nearest id is one letter away", async () => {
    const model = "us.amazon.nova-lit-v1:0";
    house.emulator.faultNext({ kind: "refuse", type: "ValidationException", model });
    const refusal = await refusalOf(await ask(house, "Hello", { model }));
    expect(refusal.message).toMatch(/the nearest ids are us\.amazon\.nova-lite-v1:0\b/);
  });

  test("a region without the model: where it is offered", async () => {
    // A profile of the United States, called from Ireland.
    const model = claude.sonnet45;
    const refusal = await refusalOf(await ask(house, "Hello", { model }, { "x-adit-aws-region": "eu-west-1" }));
    expect(refusal.status).toBe(400);
    expect(refusal.message).toContain("The provided model identifier is invalid.");
    expect(refusal.message).toContain("In eu-west-1 the model is called as");
    expect(refusal.message).toContain("eu.anthropic.claude-sonnet-4-5-20250929-v1:0");
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test.each(["us_east_1", "mars-1", "us-east-1.evil.example", "us-east-1/../x", "https://x"])(
    "%s is no region: a 400 and nothing is sent",
    async (region) => {
      const refusal = await refusalOf(await ask(house, "Hello", {}, { "x-adit-aws-region": region }));
      expect(refusal).toMatchObject({ status: 400, code: "invalid_region" });
      expect(house.emulator.requests).toHaveLength(0);
    },
  );
});

describe("Bad input: credentials", () => {
  interface Case {
    name: string;
    headers: Record<string, string>;
    status: number;
    code: string;
    /** AWS's words. */
    words: string;
    /** What to do. */
    remedy: RegExp;
  }
  const cases: Case[] = [
    {
      name: "a wrong secret",
      headers: asPair(pair.accessKeyId, "not-the-secret-of-this-pair"),
      status: 403,
      code: "invalid_aws_credentials",
      words: "The request signature we calculated does not match the signature you provided.",
      remedy: /Check the secret access key/,
    },
    {
      name: "an unknown key",
      headers: asPair("AKIANOBODYKNOWSTHIS1", "secret-of-nobody-at-all-1234567890"),
      status: 403,
      code: "invalid_aws_credentials",
      words: "The security token included in the request is invalid.",
      remedy: /Check the access key id/,
    },
    {
      name: "an expired session token",
      headers: {
        ...asPair(over.accessKeyId, over.secretAccessKey),
        "x-portkey-aws-session-token": "session-of-over",
      },
      status: 403,
      code: "aws_credentials_expired",
      words: "The security token included in the request is expired",
      remedy: /Get fresh session credentials/,
    },
    {
      name: "a Bedrock API key that AWS does not know",
      headers: {
        "x-adit-api-key": "",
        "x-portkey-api-key": "test-gateway-key-0123456789",
        authorization: `Bearer ABSK${"x".repeat(120)}`,
      },
      status: 403,
      code: "invalid_aws_credentials",
      words: "Authentication failed: Please make sure your API Key is valid.",
      remedy: /Check the key, its expiry/,
    },
  ];

  for (const stream of [false, true]) {
    test.each(cases)(
      `$name, ${stream ? "streamed" : "whole"}: which credential, AWS's words, what to do, once`,
      async (each) => {
        const refusal = await refusalOf(await ask(house, "Hello", { stream }, each.headers));
        expect(refusal).toMatchObject({ status: each.status, code: each.code });
        expect(refusal.message).toContain(each.words);
        expect(refusal.message).toMatch(each.remedy);
        expect(refusal.message).toMatch(/credential: [a-z ]*(request|header|Authorization)/i);
        expect(refusal.message).toContain("region us-east-1");
        for (const secret of Object.values(each.headers).filter((value) => value.length > 30)) {
          expect(refusal.message).not.toContain(secret.replace("Bearer ", ""));
        }
        expect(house.emulator.requests).toHaveLength(1);
      },
    );
  }

  test("a missing permission: who lacks what, in AWS's words, and which permission to add; once", async () => {
    const message =
      "User: arn:aws:iam::123456789012:user/app is not authorized to perform: bedrock:InvokeModel on resource: " +
      "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0 because no identity-based policy allows the bedrock:InvokeModel action";
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", message });
    const refusal = await refusalOf(await ask(house, "Hello", {}, asPair(pair.accessKeyId, pair.secretAccessKey)));
    expect(refusal).toMatchObject({ status: 403, type: "permission_error", code: "access_denied" });
    expect(refusal.message).toContain(message);
    expect(refusal.message).toContain("credential: request headers");
    expect(refusal.message).toContain("Allow bedrock:InvokeModel");
    expect(house.emulator.requests).toHaveLength(1);
  });

  test("a role that may not be assumed: the role, and no call of the model", async () => {
    const own = await openHouse({
      emulator: { roles: [{ roleArn: "arn:aws:iam::123456789012:role/reader", externalId: "right" }] },
    });
    try {
      const refusal = await refusalOf(
        await own.post(chatPath, question("Hello"), {
          "x-portkey-aws-role-arn": "arn:aws:iam::123456789012:role/reader",
          "x-portkey-aws-external-id": "wrong",
        }),
      );
      expect(refusal.status).toBe(403);
      expect(refusal.message).toContain("is not authorized to perform: sts:AssumeRole");
      expect(refusal.message).toContain("the role's trust policy and the external id");
      expect(own.emulator.requests.map(({ operation }) => operation)).toEqual(["AssumeRole"]);
    } finally {
      await own.close();
    }
  });

  test("half a pair: the missing half by name, and nothing is sent", async () => {
    const refusal = await refusalOf(await ask(house, "Hello", {}, { "x-portkey-aws-access-key-id": pair.accessKeyId }));
    expect(refusal).toMatchObject({ status: 400, code: "incomplete_credentials" });
    expect(refusal.message).toMatch(/secret/i);
    expect(house.emulator.requests).toHaveLength(0);
  });
});

describe("Bad input: bodies", () => {
  test.each([
    ['{"model":"x",}', /line 1, column 13/],
    ['{"model":"x"\n  "messages":[]}', /line 2, column 3|position 15/],
    ["{'model':'x'}", /line 1, column 2|position 1/],
    ['{"model":"x"', /position 12|line 1, column 13|end/],
    ["", /empty|position 0|line 1, column 1/],
    ['{"model":"x"} trailing', /line 1, column 15|position 14/],
    ['{"model":"\u0001"}', /line 1, column 11|position 10/],
  ])("not JSON: %j, with the position", async (body, position) => {
    const refusal = await refusalOf(await house.post(chatPath, body));
    expect(refusal).toMatchObject({ status: 400, type: "invalid_request_error", code: "invalid_json" });
    expect(refusal.message).toMatch(position);
    expect(house.emulator.requests).toHaveLength(0);
  });

  test.each<[string, unknown, string, RegExp]>([
    ["no model", { messages: [{ role: "user", content: "x" }] }, "model", /string/],
    ["a model that is a number", { model: 5, messages: [] }, "model", /string/],
    ["no messages", { model: nova }, "messages", /array|list|required|missing/i],
    ["messages as text", { model: nova, messages: "Hello" }, "messages", /array|list/],
    ["a message as text", { model: nova, messages: ["Hello"] }, "messages[0]", /object/],
    ["an unknown role", question("x", { messages: [{ role: "robot", content: "x" }] }), "messages[0].role", /user/],
    [
      "content as a number",
      question("x", { messages: [{ role: "user", content: 5 }] }),
      "messages[0].content",
      /string/,
    ],
    [
      "a part without a type",
      question("x", { messages: [{ role: "user", content: [{}] }] }),
      "messages[0].content[0].type",
      /string|text/,
    ],
    [
      "a text that is none",
      question("x", { messages: [{ role: "user", content: [{ type: "text", text: 1 }] }] }),
      "messages[0].content[0].text",
      /string/,
    ],
    ["temperature as text", question("x", { temperature: "hot" }), "temperature", /number/],
    ["max_tokens as a fraction", question("x", { max_tokens: 1.5 }), "max_tokens", /whole|integer/],
    ["stream as text", question("x", { stream: "yes" }), "stream", /boolean|true/],
    ["tools as an object", question("x", { tools: {} }), "tools", /array|list/],
    [
      "a tool without a name",
      question("x", { tools: [{ type: "function", function: {} }] }),
      "tools[0].function.name",
      /string|required|missing/i,
    ],
    ["stop as a number", question("x", { stop: 5 }), "stop", /string/],
  ])("wrong type: %s", async (_name, body, param, expected) => {
    const refusal = await refusalOf(await house.post(chatPath, body));
    expect(refusal).toMatchObject({ status: 400, type: "invalid_request_error", param });
    expect(refusal.message).toContain(param);
    expect(refusal.message).toMatch(expected);
    expect(house.emulator.requests).toHaveLength(0);
  });

  test.each(["[]", "null", "5", '"text"', "true"])("a body that is no object: %s", async (body) => {
    const refusal = await refusalOf(await house.post(chatPath, body));
    expect(refusal.status).toBe(400);
    expect(refusal.message).toMatch(/object/);
  });
});
