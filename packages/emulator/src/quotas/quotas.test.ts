import { ConverseCommand, ConverseStreamCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, describe, expect, it } from "vitest";
import { parseScenario, startEmulator, type Emulator, type EmulatorOptions } from "../index.ts";
import { failureOf, runtimeClient } from "../testing/clients.ts";
import { Quotas } from "./quotas.ts";

let emulator: Emulator;
let now = 1_790_000_000_000;

afterEach(async () => {
  await emulator?.close();
});

async function start(options: EmulatorOptions) {
  emulator = await startEmulator({ clock: () => now, ...options });
}

const modelId = "amazon.nova-lite-v1:0";
const messages = [{ role: "user" as const, content: [{ text: "Hi" }] }];
const client = (config = {}) => runtimeClient(emulator, "HTTP/1.1", { systemClockOffset: now - Date.now(), ...config });
const converse = (maxTokens?: number, id = modelId, config = {}) =>
  client(config).send(
    new ConverseCommand({ modelId: id, messages, ...(maxTokens !== undefined && { inferenceConfig: { maxTokens } }) }),
  );

describe("requests a minute", () => {
  it("are let through as the bucket fills", async () => {
    await start({ quotas: [{ requestsPerMinute: 2 }] });
    await converse();
    await converse();
    const failure = await failureOf(converse());
    expect(failure).toMatchObject({
      name: "ThrottlingException",
      message: "Too many requests, please wait before trying again.",
      $metadata: { httpStatusCode: 429 },
    });
    now += 30_000;
    await converse();
    expect((await failureOf(converse())).name).toBe("ThrottlingException");
  });

  it("are counted for each model, region and account", async () => {
    const other = { accessKeyId: "AKIAOTHER", secretAccessKey: "other", account: "222222222222" };
    await start({ quotas: [{ requestsPerMinute: 1 }] });
    emulator.addCredential(other);
    await converse();
    await converse(undefined, "us.amazon.nova-lite-v1:0");
    await converse(undefined, modelId, { region: "eu-west-1" });
    await converse(undefined, modelId, { credentials: other });
    expect((await failureOf(converse(undefined, modelId, { credentials: other }))).name).toBe("ThrottlingException");
  });

  it("are refused by the first quota that matches", async () => {
    await start({
      quotas: [
        { model: "*micro*", requestsPerMinute: 0 },
        { region: "eu-west-1", requestsPerMinute: 0 },
      ],
    });
    await converse();
    expect((await failureOf(converse(undefined, "amazon.nova-micro-v1:0"))).name).toBe("ThrottlingException");
    expect((await failureOf(converse(undefined, modelId, { region: "eu-west-1" }))).name).toBe("ThrottlingException");
  });

  it("do not count what is refused for its form", async () => {
    await start({ quotas: [{ requestsPerMinute: 1 }] });
    const bad = client().send(new ConverseCommand({ modelId, messages: [] }));
    expect((await failureOf(bad)).name).toBe("ValidationException");
    await converse();
  });
});

describe("tokens a minute", () => {
  it("are reserved by the limit, and given back when the answer was sent", async () => {
    await start({ quotas: [{ tokensPerMinute: 1000 }] });
    const tooMuch = await failureOf(converse(1000));
    expect(tooMuch.message).toBe("Too many tokens, please wait before trying again.");
    for (let call = 0; call < 5; call += 1) await converse(900);
  });

  it("are held while an answer is on its way", async () => {
    await start({ quotas: [{ tokensPerMinute: 1000 }] });
    emulator.faultNext({ kind: "drip", bytes: 20, everyMs: 5 });
    const slow = await client().send(
      new ConverseStreamCommand({ modelId, messages, inferenceConfig: { maxTokens: 900 } }),
    );
    expect((await failureOf(converse(900))).message).toMatch(/^Too many tokens/);
    for await (const _event of slow.stream!);
    await converse(900);
  });

  it("are the model's whole limit where the call names none", async () => {
    // Nova Lite writes 10,000 tokens at most.
    await start({ quotas: [{ tokensPerMinute: 10_000 }] });
    expect((await failureOf(converse())).message).toMatch(/^Too many tokens/);
    await converse(100);
  });

  it("limit InvokeModel and embeddings too", async () => {
    await start({ scenario: parseScenario('{"quotas":[{"tokensPerMinute":3}]}') });
    const body = JSON.stringify({ inputText: "a text of many tokens" });
    const embed = client().send(new InvokeModelCommand({ modelId: "amazon.titan-embed-text-v2:0", body }));
    expect((await failureOf(embed)).message).toMatch(/^Too many tokens/);
    const invoke = client().send(
      new InvokeModelCommand({ modelId, body: JSON.stringify({ messages, inferenceConfig: { maxTokens: 5 } }) }),
    );
    expect((await failureOf(invoke)).message).toMatch(/^Too many tokens/);
  });
});

describe("Quotas", () => {
  const place = { account: "1", region: "us-east-1", modelId: "m" };

  it("let everything through where none matches", () => {
    const quotas = new Quotas([{ model: "x", requestsPerMinute: 0 }], () => 0);
    expect(quotas.reserve(place, 10 ** 9)).toHaveProperty("settle");
  });

  it("fill no fuller than a minute, and take what an answer used beyond its reserve", () => {
    let at = 0;
    const quotas = new Quotas([{ tokensPerMinute: 60 }], () => at);
    const reservation = quotas.reserve(place, 10);
    if (!("settle" in reservation)) throw new Error("refused");
    reservation.settle(70);
    expect(quotas.reserve(place, 1)).toHaveProperty("message");
    // Ten tokens below nothing: at a token a second the eleventh second brings one.
    at = 10_500;
    expect(quotas.reserve(place, 1)).toHaveProperty("message");
    at = 11_000;
    expect(quotas.reserve(place, 1)).toHaveProperty("settle");
    at = 3_600_000;
    expect(quotas.reserve(place, 61)).toHaveProperty("message");
    expect(quotas.reserve(place, 60)).toHaveProperty("settle");
  });

  it("fill nothing while a clock goes back", () => {
    let at = 60_000;
    const quotas = new Quotas([{ requestsPerMinute: 1 }], () => at);
    quotas.reserve(place, 1);
    at = 0;
    expect(quotas.reserve(place, 1)).toHaveProperty("message");
  });
});
