/** The simple cache, from the header to the wire: who is given what, and what is never given. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf, ask, nova } from "./support/asking.ts";
import { openHouse, type House } from "./support/house.ts";
import { modelCalls, pairOf } from "./support/seen.ts";

const [mine, other] = [pairOf("CACHEMINE"), pairOf("CACHEOTHER")];
const short = { mode: "simple", max_age: 60 };
let house: House;
beforeAll(async () => {
  house = await openHouse({ emulator: { credentials: [pairOf("SERVER"), mine, other] } });
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

let questions = 0;
/** A question that nobody has asked yet. */
const newQuestion = (): string => `Question ${(questions += 1)}`;

function cached(more: Record<string, string> = {}, config: object = { cache: short }): Record<string, string> {
  return { "x-portkey-config": JSON.stringify(config), ...more };
}

const statusOf = (reply: Response): string | null => reply.headers.get("x-portkey-cache-status");

/** Asks twice, and says what the cache said. */
async function twice(
  one: [text: string, more: Record<string, unknown>, headers: Record<string, string>],
  two: [text: string, more: Record<string, unknown>, headers: Record<string, string>] = one,
): Promise<(string | null)[]> {
  const replies = [await ask(house, ...one), await ask(house, ...two)];
  for (const reply of replies) expect(reply.status, await reply.clone().text()).toBe(200);
  await Promise.all(replies.map((reply) => reply.text()));
  return replies.map(statusOf);
}

describe("the statuses", () => {
  test("MISS, then HIT with the same body and no call", async () => {
    const text = newQuestion();
    const [first, second] = [await ask(house, text, {}, cached()), await ask(house, text, {}, cached())];
    expect([statusOf(first), statusOf(second)]).toEqual(["MISS", "HIT"]);
    expect(await second.text()).toBe(await first.text());
    expect(modelCalls(house.emulator)).toHaveLength(1);
    expect(second.headers.get("x-adit-credential")).toBe(first.headers.get("x-adit-credential"));
    expect(second.headers.get("x-adit-request-id")).not.toBe(first.headers.get("x-adit-request-id"));
    expect(house.logLines().at(-1)).toMatchObject({ cache: "HIT", attempts: 0 });
    expect(house.logLines().at(-1)).not.toHaveProperty("usage");
  });

  test("REFRESH calls anew, and its answer is the one that is found", async () => {
    const text = newQuestion();
    await (await ask(house, text, {}, cached())).text();
    const refreshed = await answerOf(await ask(house, text, {}, cached({ "x-portkey-cache-force-refresh": "true" })));
    const found = await ask(house, text, {}, cached());
    expect([statusOf(found), await answerOf(found)]).toEqual(["HIT", refreshed]);
    expect(modelCalls(house.emulator)).toHaveLength(2);
  });

  test("an answer names the model that its own request named, also where the config has another in its place", async () => {
    const text = newQuestion();
    const config = cached({}, { cache: short, override_params: { model: nova } });
    const models = ["fast", "cheap", "fast"];
    const replies = [];
    for (const model of models) replies.push(await ask(house, text, { model }, config));
    expect(replies.map(statusOf)).toEqual(["MISS", "MISS", "HIT"]);
    const answers = (await Promise.all(replies.map((reply) => reply.json()))) as { model: string }[];
    expect(answers.map(({ model }) => model)).toEqual(models);
  });

  test("what a config leaves out is told to whoever sent that config, also where the answer was stored for another", async () => {
    const text = newQuestion();
    const semantic = cached({}, { cache: { ...short, mode: "semantic" } });
    const replies = [];
    for (const headers of [semantic, cached(), semantic]) replies.push(await ask(house, text, { seed: 1 }, headers));
    expect(replies.map(statusOf)).toEqual(["MISS", "HIT", "HIT"]);
    expect(replies.map((reply) => reply.headers.get("x-adit-dropped"))).toEqual([
      "config.cache.mode,seed",
      "seed",
      "config.cache.mode,seed",
    ]);
  });

  test("so is what the rules of its target leave out", async () => {
    const text = newQuestion();
    const rules = cached({}, { cache: short, override_params: { stream: true }, drop_params: ["user"] });
    const replies = [];
    for (const [more, headers] of [
      [{ seed: 1, user: "u" }, rules],
      [{ seed: 1 }, cached()],
      [{ seed: 1, user: "u" }, rules],
    ] as const) {
      replies.push(await ask(house, text, more, headers));
    }
    expect(replies.map(statusOf)).toEqual(["MISS", "HIT", "HIT"]);
    const dropped = replies.map((reply) => reply.headers.get("x-adit-dropped")?.split(",").toSorted());
    const all = ["config.override_params.stream", "seed", "user"];
    expect(dropped).toEqual([all, ["seed"], all]);
  });

  test("the semantic cache is not served: a header that asks for it has the simple one, and is told so", async () => {
    const headers = { "x-portkey-cache": "semantic", "x-portkey-cache-ttl": "60" };
    const text = newQuestion();
    const replies = [await ask(house, text, {}, headers), await ask(house, text, {}, headers)];
    expect(replies.map(statusOf)).toEqual(["MISS", "HIT"]);
    expect(replies.map((reply) => reply.headers.get("x-adit-dropped"))).toEqual(["cache", "cache"]);
    const simple = await ask(house, text, {}, { ...headers, "x-portkey-cache": "simple" });
    expect([statusOf(simple), simple.headers.get("x-adit-dropped")]).toEqual(["HIT", null]);
    // A question that is alike, and not the same, is another one.
    expect(statusOf(await ask(house, `${text} please`, {}, headers))).toBe("MISS");
  });

  test.each([{ "x-portkey-debug": "false" }, { dnt: "1" }])(
    "DISABLED for a caller of whom nothing is kept: %j",
    async (refusal) => {
      const text = newQuestion();
      expect(await twice([text, {}, cached(refusal)])).toEqual(["DISABLED", "DISABLED"]);
      expect(await twice([text, {}, cached()])).toEqual(["MISS", "HIT"]);
    },
  );

  test("DISABLED without a rule", async () => {
    expect(await twice([newQuestion(), {}, cached({}, { retry: { attempts: 1 } })])).toEqual(["DISABLED", "DISABLED"]);
  });

  test("the order of a body's members is no difference, its values are", async () => {
    const text = newQuestion();
    expect(
      await twice(
        [text, { temperature: 0.5, max_tokens: 9 }, cached()],
        [text, { max_tokens: 9, temperature: 0.5 }, cached()],
      ),
    ).toEqual(["MISS", "HIT"]);
    expect(await twice([text, { temperature: 0.4 }, cached()], [text, { temperature: 0.3 }, cached()])).toEqual([
      "MISS",
      "MISS",
    ]);
  });
});

test("a stream is replayed with the same events", async () => {
  const more = { stream: true, stream_options: { include_usage: true } };
  const text = newQuestion();
  const [first, second] = [await ask(house, text, more, cached()), await ask(house, text, more, cached())];
  const [one, two] = [await first.text(), await second.text()];
  expect(one).toContain("data: [DONE]");
  expect(two).toBe(one);
  expect([second.headers.get("content-type"), statusOf(second)]).toEqual([first.headers.get("content-type"), "HIT"]);
  // The same question without a stream is another one.
  expect(statusOf(await ask(house, text, {}, cached()))).toBe("MISS");
});

describe("nobody is given what is another's", () => {
  const signedBy = ({ accessKeyId, secretAccessKey }: typeof mine): Record<string, string> =>
    cached({
      "x-portkey-aws-access-key-id": accessKeyId,
      "x-portkey-aws-secret-access-key": secretAccessKey,
      "x-portkey-aws-region": "us-east-1",
    });

  test("two credentials never share", async () => {
    const text = newQuestion();
    expect(await twice([text, {}, signedBy(mine)], [text, {}, signedBy(other)])).toEqual(["MISS", "MISS"]);
    expect(modelCalls(house.emulator)).toHaveLength(2);
    expect(await twice([text, {}, signedBy(mine)], [text, {}, signedBy(other)])).toEqual(["HIT", "HIT"]);
  });

  test("an access key's id without its secret finds nothing, and is refused", async () => {
    const text = newQuestion();
    await (await ask(house, text, {}, signedBy(mine))).text();
    const thief = await ask(house, text, {}, signedBy({ ...mine, secretAccessKey: "x".repeat(40) }));
    expect([thief.status, statusOf(thief)]).toEqual([403, "MISS"]);
  });

  test("two gateway keys never share, in one project or in two", async () => {
    await house.gateway.opened;
    const keyOf = async (name: string): Promise<string> => {
      const made = await house.post("/v1/api-keys/workspace/service", { name, scopes: ["completions.write"] });
      return ((await made.json()) as { key: string }).key;
    };
    const [one, two] = [await keyOf("one"), await keyOf("two")];
    const by = (key: string) => cached({ authorization: `Bearer ${key}` });
    const text = newQuestion();
    expect(await twice([text, {}, by(one)], [text, {}, by(two)])).toEqual(["MISS", "MISS"]);
    expect(await twice([text, {}, by(one)], [text, {}, cached()])).toEqual(["HIT", "MISS"]);
    expect(modelCalls(house.emulator)).toHaveLength(3);
  });

  test.each([
    ["namespaces", { "x-portkey-cache-namespace": "a" }, { "x-portkey-cache-namespace": "b" }],
    ["metadata", { "x-portkey-metadata": '{"_user":"a"}' }, { "x-portkey-metadata": '{"_user":"b"}' }],
    ["strictness", {}, { "x-portkey-strict-open-ai-compliance": "false" }],
    ["regions", { "x-portkey-aws-region": "us-east-1" }, { "x-portkey-aws-region": "us-west-2" }],
  ])("%s part", async (_name, one, two) => {
    const text = newQuestion();
    expect(await twice([text, {}, cached(one)], [text, {}, cached(two)])).toEqual(["MISS", "MISS"]);
  });

  test("models part, also where it is the config that names them", async () => {
    const text = newQuestion();
    const other = { model: "us.amazon.nova-micro-v1:0" };
    expect(await twice([text, {}, cached()], [text, other, cached()])).toEqual(["MISS", "MISS"]);
    const named = cached({}, { cache: short, override_params: { model: "us.amazon.nova-pro-v1:0" } });
    expect(await twice([text, {}, named], [text, other, named])).toEqual(["MISS", "MISS"]);
  });

  test("hosts part, and paths of one host", async () => {
    const message = { role: "assistant", content: "Hi" };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const answer = {
      id: "c",
      object: "chat.completion",
      model: "m",
      usage,
      choices: [{ index: 0, message, finish_reason: "stop" }],
    };
    const asked: string[] = [];
    const upstream = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    const { port } = upstream.address() as AddressInfo;
    const hosts = ["127.0.0.1", "localhost"].map((name) => `http://${name}:${port}`);
    const own = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: hosts.join(",") } });
    const statuses: (string | null)[] = [];
    for (const url of [...hosts, `${hosts[0]}/other`, ...hosts]) {
      const config = { provider: "openai", api_key: "k", custom_host: url, cache: short };
      const reply = await ask(own, "Hi", { model: "m" }, cached({}, config));
      expect(reply.status, await reply.text()).toBe(200);
      statuses.push(statusOf(reply));
    }
    await own.close();
    upstream.close();
    expect(statuses).toEqual(["MISS", "MISS", "MISS", "HIT", "HIT"]);
    expect(asked).toHaveLength(3);
  });

  test("headers that travel to the target part, others do not", async () => {
    const text = newQuestion();
    const of = (team: string, config: object) => cached({ "x-team": team }, { cache: short, ...config });
    const passing = { forward_headers: ["x-team"] };
    expect(await twice([text, {}, of("a", passing)], [text, {}, of("b", passing)])).toEqual(["MISS", "MISS"]);
    expect(await twice([text, {}, of("b", passing)], [text, {}, of("a", passing)])).toEqual(["HIT", "HIT"]);
    const other = newQuestion();
    expect(await twice([other, {}, of("a", {})], [other, {}, of("b", {})])).toEqual(["MISS", "HIT"]);
  });

  test("one namespace for callers of different metadata", async () => {
    const text = newQuestion();
    const inOne = (user: string) => cached({ "x-portkey-cache-namespace": "shared", "x-portkey-metadata": user });
    expect(await twice([text, {}, inOne('{"_user":"a"}')], [text, {}, inOne('{"_user":"b"}')])).toEqual([
      "MISS",
      "HIT",
    ]);
  });
});

describe("errors are never stored", () => {
  test("a refusal", async () => {
    const text = newQuestion();
    house.emulator.faultNext({ kind: "refuse", type: "ModelErrorException" });
    const config = { cache: short, retry: { attempts: 0 } };
    const refused = await ask(house, text, {}, cached({}, config));
    expect([refused.status, statusOf(refused)]).toEqual([424, "MISS"]);
    expect(await twice([text, {}, cached({}, config)])).toEqual(["MISS", "HIT"]);
  });

  test("a stream that broke", async () => {
    const text = newQuestion();
    house.emulator.faultNext({ kind: "exception", frame: 2 });
    const broken = await ask(house, text, { stream: true }, cached());
    expect(await broken.text()).toContain("event: error");
    expect(await twice([text, { stream: true }, cached()])).toEqual(["MISS", "HIT"]);
  });
});

test("a fallback's answer is stored for the target that gave it", async () => {
  const config = {
    cache: short,
    strategy: { mode: "fallback" },
    targets: [{ override_params: { model: "no.such-model" } }, { override_params: { model: nova } }],
  };
  expect(await twice([newQuestion(), {}, cached({}, config)])).toEqual(["MISS", "HIT"]);
});
