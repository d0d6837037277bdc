/** Virtual keys in requests: the places that name one, which place wins, and what stands beside it. */
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { newId } from "../../store/new-id.ts";
import { model, openHouse, operator, refusalIn, type House } from "../../testing/house.ts";

let house: House;
const choice = { index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hello" } };
/** A host of OpenAI's format that keeps what it is sent. */
let host: Server;
const sent: { authorization: string | undefined; path: string | undefined }[] = [];
let origin: string;
let key: string;
/** Of the other project's virtual key, whose slug is "first" too. */
let theirs: string;
/** Access key ids by slug. */
const ids: Record<string, string> = {};
const otherProject = newId("prj", Date.UTC(2026, 0, 2));

beforeAll(async () => {
  host = createServer((request, response) => {
    sent.push({ authorization: request.headers.authorization, path: request.url });
    request.resume();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ id: "x", object: "chat.completion", choices: [choice] }));
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: `${origin},https://elsewhere.example` } });
  const now = Date.now();
  await house.parts.store.write(({ db }) =>
    db
      .insertInto("projects")
      .values({ id: otherProject, slug: "other", name: "Other", createdAt: now, updatedAt: now })
      .execute(),
  );
  for (const slug of ["first", "second", "third"]) ids[slug] = (await house.newVirtualKey(slug)).accessKeyId;
  ids["west"] = (await house.newVirtualKey("west", { region: "us-west-2" })).accessKeyId;
  await house.newVirtualKey("bounded", {
    allowedModels: ["anthropic.*"],
    allowedRegions: ["us-west-2"],
    region: "us-west-2",
  });
  await house.newVirtualKey("theirs", {}, otherProject);
  theirs = (await house.newVirtualKey("first", {}, otherProject)).accessKeyId;
  await house.parts.virtualKeys.create(
    defaultProjectId,
    { name: "foreign", slug: "foreign", credential: { base_url: `${origin}/v1`, api_key: "key-of-foreign" } },
    operator,
  );
  key = await house.newKey();
});
beforeEach(() => {
  house.emulator.clearRequests();
  sent.length = 0;
});
afterAll(async () => {
  await house.close();
  host.close();
});

/** Slug of the virtual key that signed the only call. */
function signer(): string | undefined {
  expect(house.emulator.requests).toHaveLength(1);
  const id = house.emulator.requests[0]?.accessKeyId;
  return Object.keys(ids).find((slug) => ids[slug] === id) ?? id;
}

const config = (value: object): Record<string, string> => ({ "x-portkey-config": JSON.stringify(value) });

async function expectNoneInDatabase(secrets: string[]): Promise<void> {
  const files = (await readdir(house.dataDir)).filter((name) => name.startsWith("adit.db"));
  expect(files).toContain("adit.db-wal");
  for (const name of files) {
    const bytes = await readFile(join(house.dataDir, name));
    expect(
      secrets.filter((secret) => bytes.includes(secret)),
      name,
    ).toEqual([]);
  }
}

describe("each place that names one", () => {
  test.each<[string, Record<string, string>, object]>([
    ["x-portkey-virtual-key", { "x-portkey-virtual-key": "first" }, {}],
    ["x-adit-virtual-key", { "x-adit-virtual-key": "first" }, {}],
    ["x-portkey-provider: @slug", { "x-portkey-provider": "@first" }, {}],
    ["x-portkey-provider: @slug/model, whose model counts for nothing", { "x-portkey-provider": "@first/nova" }, {}],
    ["the model", {}, { model: `@first/${model}` }],
    ["a config's provider", config({ provider: "@first" }), {}],
    ["a config's virtual key", config({ virtual_key: "first" }), {}],
    ["the header, with the @ of providers and models", { "x-portkey-virtual-key": "@first" }, {}],
    ["a config's virtual key with it, as it may be saved", config({ virtual_key: "@first" }), {}],
    ["a config's model", config({ override_params: { model: `@first/${model}` } }), {}],
    [
      "a target",
      config({ strategy: { mode: "fallback" }, targets: [{ virtual_key: "first" }, { virtual_key: "second" }] }),
      {},
    ],
  ])("%s", async (_name, headers, body) => {
    const answer = await house.chat(key, headers, body);
    expect([answer.status, answer.headers.get("x-adit-credential")]).toEqual([200, "virtual key first"]);
    expect(signer()).toBe("first");
    expect(house.emulator.requests[0]?.modelId).toBe(model);
  });

  test("at Bedrock's own paths too", async () => {
    const answer = await house.post(
      `/model/${model}/converse`,
      { messages: [{ role: "user", content: [{ text: "Hi" }] }] },
      { authorization: `Bearer ${key}`, "x-adit-virtual-key": "first" },
    );
    expect(answer.status).toBe(200);
    expect(signer()).toBe("first");
  });

  test("the list of models is asked for with it", async () => {
    const answer = await fetch(`${house.gateway.url}/v1/models`, {
      headers: { authorization: `Bearer ${key}`, "x-portkey-provider": "@first" },
    });
    expect(answer.status).toBe(200);
    expect(new Set(house.signers())).toEqual(new Set([ids["first"]]));
  });
});

describe("which of them wins", () => {
  test.each<[string, Record<string, string>, object, string]>([
    [
      "header provider > header virtual key",
      { "x-portkey-provider": "@first", "x-portkey-virtual-key": "second" },
      {},
      "first",
    ],
    ["header > model", { "x-portkey-virtual-key": "first" }, { model: `@second/${model}` }, "first"],
    ["a target's provider > its virtual key", config({ provider: "@first", virtual_key: "second" }), {}, "first"],
    [
      "a target's virtual key > its model",
      config({ virtual_key: "first", override_params: { model: `@second/${model}` } }),
      {},
      "first",
    ],
    [
      "a target's model > header",
      { ...config({ override_params: { model: `@first/${model}` } }), "x-portkey-virtual-key": "second" },
      {},
      "first",
    ],
    ["a target > header", { ...config({ virtual_key: "first" }), "x-portkey-virtual-key": "second" }, {}, "first"],
  ])("%s", async (_name, headers, body, expected) => {
    expect((await house.chat(key, headers, body)).status).toBe(200);
    expect(signer()).toBe(expected);
  });

  test("credentials that the request brings go before the virtual key that it names, and that before a bearer", async () => {
    const own = house.emulator.credential;
    const inHeaders = {
      "x-adit-aws-access-key-id": own.accessKeyId,
      "x-adit-aws-secret-access-key": own.secretAccessKey,
    };
    await house.chat(key, { "x-adit-virtual-key": "first", ...inHeaders });
    expect(signer()).toBe(own.accessKeyId);
    house.emulator.clearRequests();
    const behind = {
      "x-adit-api-key": key,
      authorization: "Bearer bedrock-key-of-somebody",
      "x-adit-virtual-key": "first",
    };
    expect((await house.chat(key, behind)).status).toBe(200);
    expect(signer()).toBe("first");
  });
});

describe("what stands beside a virtual key", () => {
  test("a session token of the request's, and nothing else of a credential", async () => {
    house.emulator.addCredential({
      accessKeyId: ids["third"] ?? "",
      secretAccessKey: "CANARYTHIRD0000".padEnd(40, "x"),
      sessionToken: "token-of-the-request",
    });
    const answer = await house.chat(key, {
      "x-portkey-virtual-key": "third",
      "x-portkey-aws-session-token": "token-of-the-request",
    });
    expect(answer.headers.get("x-adit-credential")).toBe("virtual key third with the request's session token");
    expect(house.emulator.requests[0]).toMatchObject({
      accessKeyId: ids["third"],
      sessionToken: "token-of-the-request",
    });
    const half = await house.chat(key, {
      "x-portkey-virtual-key": "first",
      "x-portkey-aws-access-key-id": "AKIAHALF000000000000",
    });
    expect(await refusalIn(half)).toMatchObject({ status: 400, code: "incomplete_credentials" });
  });

  test("its own region beats the request's; a request's counts where it has none", async () => {
    await house.chat(key, { "x-adit-virtual-key": "west", "x-adit-aws-region": "eu-west-1" });
    expect(house.emulator.requests[0]?.region).toBe("us-west-2");
    house.emulator.clearRequests();
    await house.chat(
      key,
      { "x-adit-virtual-key": "first", "x-adit-aws-region": "eu-west-1" },
      { model: "eu.amazon.nova-lite-v1:0" },
    );
    expect(house.emulator.requests[0]?.region).toBe("eu-west-1");
  });

  test("no host that the request names: a stored secret goes to its own host alone", async () => {
    const hosts = [
      { "x-adit-custom-host": origin },
      config({ custom_host: origin }),
      config({ aws_bedrock_runtime_endpoint: origin }),
    ];
    for (const slug of ["first", "foreign"]) {
      for (const headers of slug === "first" ? hosts : hosts.slice(0, 2)) {
        const answer = await house.chat(key, { "x-adit-virtual-key": slug, ...headers });
        expect(await refusalIn(answer)).toMatchObject({ status: 400, code: "custom_host_not_allowed" });
      }
    }
    expect([house.emulator.requests.length, sent.length]).toEqual([0, 0]);
  });
});

test("beside a slug in the provider another name counts for nothing, and need not be stored", async () => {
  for (const headers of [
    config({ provider: "@second", virtual_key: "nowhere" }),
    config({ strategy: { mode: "single" }, targets: [{ provider: "@second", virtual_key: "nowhere" }] }),
    { "x-portkey-provider": "@second", "x-portkey-virtual-key": "nowhere" },
  ]) {
    const answer = await house.chat(key, headers);
    expect([answer.status, answer.headers.get("x-adit-credential")]).toEqual([200, "virtual key second"]);
  }
  const lost = await house.chat(key, config({ provider: "bedrock", virtual_key: "nowhere" }));
  expect(await refusalIn(lost)).toMatchObject({ status: 400, code: "not_stored" });
});

test("an OpenAI-compatible one is called at its host, with its key", async () => {
  const answer = await house.chat(key, {}, { model: "@foreign/some-model" });
  expect([answer.status, answer.headers.get("x-adit-credential")]).toEqual([200, "virtual key foreign"]);
  expect(sent).toEqual([{ authorization: "Bearer key-of-foreign", path: "/v1/chat/completions" }]);
});

describe("the default of a key", () => {
  test("is called at its host where the request names no provider; for AWS it is none", async () => {
    const own = await house.newKey({ defaultVirtualKey: "foreign" });
    expect((await house.chat(own)).headers.get("x-adit-credential")).toBe("virtual key foreign");
    expect([sent.length, house.emulator.requests.length]).toEqual([1, 0]);
    expect((await house.chat(own, { "x-adit-provider": "bedrock" })).headers.get("x-adit-credential")).toBe(
      "server (environment)",
    );
    const narrow = await house.newKey({ defaultVirtualKey: "foreign", mayOverrideCredential: false });
    expect((await house.chat(narrow, { "x-adit-provider": "bedrock" })).status).toBe(403);
  });

  test("is no word on where to look for models: AWS is not asked", async () => {
    const own = await house.newKey({ defaultVirtualKey: "first" });
    const list = await fetch(`${house.gateway.url}/v1/models`, { headers: { authorization: `Bearer ${own}` } });
    expect(list.status).toBe(200);
    expect(house.emulator.requests).toEqual([]);
  });
});

test("where regions are listed, no inference profile takes the place of a model that needs one", async () => {
  const needsProfile = { model: "anthropic.claude-sonnet-4-5-20250929-v1:0" };
  const free = await house.chat(key, { "x-adit-virtual-key": "first" }, needsProfile);
  expect([free.status, free.headers.get("x-adit-model")]).toEqual([200, expect.stringMatching(/^us\./)]);
  const narrow = await house.newKey({ allowedRegions: ["us-east-1"], defaultVirtualKey: "first" });
  expect((await house.chat(narrow, {}, needsProfile)).status).toBe(400);
});

describe("refused before anything is sent", () => {
  test.each<[string, Record<string, string>, object, number, string]>([
    ["a slug with a slip, with the near one", { "x-adit-virtual-key": "frist" }, {}, 400, 'Did you mean "first"?'],
    ["one in the model", {}, { model: "@nobody/x" }, 400, '"nobody"'],
    [
      "one in a config, with its path",
      config({ strategy: { mode: "fallback" }, targets: [{ virtual_key: "first" }, { virtual_key: "gone" }] }),
      {},
      400,
      '"gone"',
    ],
    ["C17 another project's", { "x-adit-virtual-key": "theirs" }, {}, 400, '"theirs"'],
    ["what is no slug", { "x-adit-virtual-key": "' or 1=1 --" }, {}, 400, "No virtual key"],
    ["a model that it does not allow", { "x-adit-virtual-key": "bounded" }, {}, 403, `the model ${model}`],
    ...["fallback", "loadbalance"].flatMap((mode): [string, Record<string, string>, object, number, string][] => {
      const bounded = [{ virtual_key: "first" }, { virtual_key: "bounded" }];
      const deep = [{ virtual_key: "first" }, { strategy: { mode }, targets: bounded }];
      return [bounded, deep].map((targets, depth) => [
        `the same of one of the targets of a ${mode}, ${depth} deep, though another is called first`,
        config({ strategy: { mode }, targets }),
        {},
        412,
        `the model ${model}`,
      ]);
    }),
    [
      "a region that it does not allow",
      { "x-adit-virtual-key": "bounded" },
      { model: "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0" },
      403,
      "the region us-east-1",
    ],
  ])("%s", async (_name, headers, body, status, words) => {
    const refusal = await refusalIn(await house.chat(key, headers, body));
    expect(refusal.status).toBe(status);
    expect(refusal.message).toContain(words);
    expect(house.emulator.requests).toEqual([]);
  });

  test("a model that it does not allow is Portkey's 412 for its clients, and each dialect's own refusal for others", async () => {
    const clients: [headers: Record<string, string>, status: number, type: string][] = [
      [{ "x-portkey-virtual-key": "bounded" }, 412, "model_not_allowed_error"],
      [{ "x-adit-virtual-key": "bounded" }, 403, "permission_error"],
    ];
    for (const [headers, status, type] of clients) {
      const answer = await house.chat(key, headers);
      const { error } = (await answer.json()) as { error: { type: string } };
      expect([answer.status, error.type]).toEqual([status, type]);
    }
    // A region that is not allowed has no word of Portkey's.
    const elsewhere = { model: "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x" };
    expect((await house.chat(key, { "x-portkey-virtual-key": "bounded" }, elsewhere)).status).toBe(403);
  });

  test("C17 names of another project are not told", async () => {
    const refusal = await refusalIn(await house.chat(key, { "x-adit-virtual-key": "their" }));
    expect(refusal.message).not.toContain("theirs");
  });

  test("near names that the key may not use are not told", async () => {
    const narrow = await house.newKey({ allowedVirtualKeys: ["second"] });
    const refusal = await refusalIn(await house.chat(narrow, { "x-adit-virtual-key": "frist" }));
    expect(refusal.message).not.toContain("first");
  });
});

test("one that is switched off fails as its target does: a fallback goes on", async () => {
  await house.newVirtualKey("off");
  const { id } = (
    await house.parts.virtualKeys.list(defaultProjectId, {
      limit: 100,
    })
  ).find(({ slug }) => slug === "off") ?? { id: "" };
  await house.parts.virtualKeys.update(id, { disabled: true }, operator);
  const alone = await refusalIn(await house.chat(key, { "x-adit-virtual-key": "off" }));
  expect(alone).toMatchObject({ status: 403, code: "virtual_key_inactive" });
  const both = await house.chat(
    key,
    config({ strategy: { mode: "fallback" }, targets: [{ virtual_key: "off" }, { virtual_key: "second" }] }),
  );
  expect(both.status).toBe(200);
  expect(signer()).toBe("second");
});

test("U4 two tenants, 200 calls at once: upstream never sees the wrong key, and no secret shows anywhere", async () => {
  const theirKey = await house.newKey({ defaultVirtualKey: "first" }, otherProject);
  const mine = (await house.newVirtualKey("mine")).accessKeyId;
  const ask = (index: number): Promise<Response> => {
    const isTheirs = index % 2 === 1;
    const text = `of ${isTheirs ? "them" : "me"} ${index}`;
    const body = { messages: [{ role: "user", content: text }], stream: index % 4 < 2 };
    return isTheirs ? house.chat(theirKey, {}, body) : house.chat(key, { "x-adit-virtual-key": "mine" }, body);
  };
  const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index)));
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 200));
  expect(house.emulator.requests).toHaveLength(200);
  for (const { accessKeyId, body } of house.emulator.requests) {
    expect(accessKeyId).toBe(body.toString().includes("of me") ? mine : theirs);
  }
  for (const text of [...texts, house.logText()]) expect(text).not.toMatch(/CANARY|adit_sk_/);
  await expectNoneInDatabase(["CANARY", "key-of-foreign", key, theirKey]);
});
