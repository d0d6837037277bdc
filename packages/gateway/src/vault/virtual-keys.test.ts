/** Virtual keys saved, changed and used (K02, K13, K14, P04, P05, P07, O05-O07). */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, staticSource, systemClock, type AditError, type Credentials, type StsAnswer } from "@adit/bedrock";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import type { Actor } from "../store/audit.ts";
import type { Store, StoreLocation } from "../store/store.ts";
import { onBothEnginesAlone, type House } from "../store/testing/engines.ts";
import { HandClock } from "../store/testing/hand-clock.ts";
import { until } from "../store/testing/until.ts";
import { exportLines, importLines } from "../store/transfer.ts";
import { Keyring } from "./keyring.ts";
import { VirtualKeySources } from "./virtual-key-sources.ts";
import { VirtualKeys } from "./virtual-keys.ts";
import { Vault } from "./vault.ts";
import type { VirtualKeyInput } from "./virtual-key.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-virtual-keys-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const actor: Actor = { kind: "admin_key", requestId: "req_1" };
const akid = "AKIAIOSFODNN7EXAMPLE";
const secret = "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";
const roleArn = "arn:aws:iam::123456789012:role/Adit";

interface Shop {
  store: Store;
  keys: VirtualKeys;
  sources: VirtualKeySources;
  customHosts: Set<string>;
  clock: HandClock;
  /** Bodies that STS was sent. */
  stsCalls: URLSearchParams[];
  /** Access key ids by which they were signed. */
  signers: string[];
}

/** A gateway's part that this is about, with an STS that answers at once. */
async function open(house: House, location?: StoreLocation): Promise<Shop> {
  const clock = new HandClock();
  const store = await house.open(location, { clock });
  const vault = await Vault.open(store, await Keyring.load({ masterKey: undefined, oldMasterKey: undefined, dataDir }));
  const customHosts = new Set(["https://llm.example.com", "https://vpce.example.com"]);
  const keys = new VirtualKeys({ store, vault, customHosts });
  const stsCalls: URLSearchParams[] = [];
  const signers: string[] = [];
  const server = staticSource(
    { kind: "keys", accessKeyId: "AKIASERVERSERVER0000", secretAccessKey: new Secret("server") },
    "server",
    systemClock,
  );
  const sources = new VirtualKeySources({
    store,
    vault,
    virtualKeys: keys,
    server,
    serverRegion: "eu-west-1",
    clock,
    environment: {},
    customHosts,
    sendSts: ({ headers, body, url }): Promise<StsAnswer> => {
      stsCalls.push(new URLSearchParams(body));
      stsCalls.at(-1)!.set("url", url);
      signers.push(/Credential=(\w+)/.exec(headers["authorization"] ?? "")?.[1] ?? "");
      const session = `<AccessKeyId>ASIASESSION${stsCalls.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>`;
      const expiry = `<Expiration>${new Date(clock.now() + 3_600_000).toISOString()}</Expiration>`;
      return Promise.resolve({
        status: 200,
        headers: {},
        body: `<R><Credentials>${session}${expiry}</Credentials></R>`,
      });
    },
  });
  return { store, keys, sources, customHosts, clock, stsCalls, signers };
}

const pair = { aws_access_key_id: akid, aws_secret_access_key: secret };

function create(shop: Shop, input: Partial<VirtualKeyInput> & Pick<VirtualKeyInput, "credential">) {
  return shop.keys.create(defaultProjectId, { name: "Bedrock (prod)", ...input }, actor);
}

async function credentialsOf(shop: Shop, slug: string, token?: Secret): Promise<Record<string, unknown>> {
  const key = await shop.keys.bySlug(defaultProjectId, slug);
  return opened(await (await shop.sources.sourceOf(key!, token)).get());
}

function opened(credentials: Credentials): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(credentials).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}

onBothEnginesAlone((house) => {
  test("P04, K02: a key pair is saved, seen without its secret, and signs", async () => {
    const shop = await open(house);
    const { virtualKey, warnings } = await create(shop, { credential: { ...pair, aws_region: " us-west-2 " } });
    expect(warnings).toEqual([]);
    expect(virtualKey).toMatchObject({
      slug: "bedrock-prod",
      region: "us-west-2",
      credential: { kind: "access_key", accessKeyHint: "AKIA...MPLE", isTemporary: false },
      disabled: false,
    });
    const seen = JSON.stringify([
      virtualKey,
      await shop.keys.list(defaultProjectId, { limit: 9 }),
      await shop.keys.byId(virtualKey.id),
    ]);
    expect(seen).not.toMatch(new RegExp(`CANARY|${akid}`));
    expect(await credentialsOf(shop, "bedrock-prod")).toEqual({
      kind: "keys",
      accessKeyId: akid,
      secretAccessKey: secret,
    });
    expect((await shop.sources.sourceOf(virtualKey)).label).toBe("virtual key bedrock-prod");
  });

  test("P07, O07: a session token of the request goes with the stored pair, and is not kept", async () => {
    const shop = await open(house);
    await create(shop, { credential: pair, slug: "vk" });
    const withToken = await credentialsOf(shop, "vk", new Secret("of-the-request"));
    expect(withToken).toEqual({
      kind: "keys",
      accessKeyId: akid,
      secretAccessKey: secret,
      sessionToken: "of-the-request",
    });
    expect(await credentialsOf(shop, "vk")).not.toHaveProperty("sessionToken");
    await create(shop, { credential: { api_key: "ABSKlong" }, slug: "bearer" });
    await expect(credentialsOf(shop, "bearer", new Secret("t"))).rejects.toThrow("takes no session token");
  });

  test("P05, O06: a role is assumed once under a burst, with the external id that Adit chose, and again before it expires", async () => {
    const shop = await open(house);
    const { virtualKey } = await create(shop, {
      slug: "role",
      credential: {
        aws_role_arn: roleArn,
        session_tags: { team: "a" },
        session_name: "adit-prod",
        duration_seconds: 900,
      },
    });
    const { credential } = virtualKey;
    if (credential.kind !== "assumed_role") throw new Error("It is no role.");
    expect(credential.externalId).toMatch(/^adit-[0-9a-f-]{36}$/);
    expect(credential.source).toBe("server");
    const burst = await Promise.all(Array.from({ length: 20 }, () => credentialsOf(shop, "role")));
    expect(new Set(burst.map((each) => each["accessKeyId"]))).toEqual(new Set(["ASIASESSION1"]));
    expect(Object.fromEntries(shop.stsCalls[0]!)).toMatchObject({
      RoleArn: roleArn,
      ExternalId: credential.externalId,
      RoleSessionName: "adit-prod",
      DurationSeconds: "900",
      "Tags.member.1.Key": "team",
      "Tags.member.1.Value": "a",
      url: "https://sts.eu-west-1.amazonaws.com/",
    });
    expect(shop.signers).toEqual(["AKIASERVERSERVER0000"]);
    shop.clock.time += 59.5 * 60_000;
    expect(await credentialsOf(shop, "role")).toMatchObject({ accessKeyId: "ASIASESSION2" });
  });

  test("a role is assumed by a pair of its own or by another virtual key, and follows its change", async () => {
    const shop = await open(house);
    const { virtualKey: source } = await create(shop, { slug: "source", credential: pair });
    await create(shop, { slug: "by-other", credential: { role_arn: roleArn, source: "@source" } });
    await create(shop, {
      slug: "by-own",
      credential: { role_arn: roleArn, ...pair, access_key_id: "AKIAOWN0000000000000" },
    });
    await credentialsOf(shop, "by-other");
    await credentialsOf(shop, "by-own");
    expect(shop.signers).toEqual([akid, akid]);
    await expect(shop.keys.remove(source.id, actor)).rejects.toMatchObject({ code: "in_use" });
    await shop.keys.update(source.id, { credential: { ...pair, aws_access_key_id: "AKIACHANGED000000000" } }, actor);
    shop.clock.time += 60 * 60_000;
    await credentialsOf(shop, "by-other");
    expect(shop.signers.at(-1)).toBe("AKIACHANGED000000000");
    for (const slug of ["nowhere", "by-own"]) {
      await expect(create(shop, { slug: "x", credential: { role_arn: roleArn, source: slug } })).rejects.toMatchObject({
        param: "source",
      });
    }
  });

  test("a role is out of use with the virtual key that assumes it, and never on a session of what that was before", async () => {
    const location = await house.newLocation();
    const [shop, other] = [await open(house, location), await open(house, location)];
    const { virtualKey: source } = await create(shop, { slug: "source", credential: pair });
    await create(shop, { slug: "role", credential: { role_arn: roleArn, source: "source" } });
    await credentialsOf(shop, "role");
    await shop.keys.update(source.id, { disabled: true }, actor);
    await expect(credentialsOf(shop, "role")).rejects.toMatchObject({
      code: "virtual_key_inactive",
      message: "The virtual key source, which assumes the role of role, is switched off.",
    });
    await shop.keys.update(source.id, { disabled: false, expiresAt: shop.clock.now() + 1_000 }, actor);
    await credentialsOf(shop, "role");
    shop.clock.time += 1_001;
    await expect(credentialsOf(shop, "role")).rejects.toThrow("which assumes the role of role, expired at");
    const changed = { ...pair, aws_access_key_id: "AKIACHANGED000000000" };
    await shop.keys.update(source.id, { expiresAt: null, credential: changed }, actor);
    await credentialsOf(shop, "role");
    expect(shop.signers.at(-1)).toBe("AKIACHANGED000000000");
    const calls = shop.stsCalls.length;
    await credentialsOf(shop, "role");
    expect(shop.stsCalls).toHaveLength(calls);
    // The store is asked for each call while no changes are heard of, STS is not.
    vi.spyOn(shop.store, "deafSince", "get").mockReturnValue(shop.clock.now());
    for (const _ of [1, 2]) await credentialsOf(shop, "role");
    expect(shop.stsCalls).toHaveLength(calls);
    await other.keys.update(source.id, { credential: pair }, actor);
    await credentialsOf(shop, "role");
    expect(shop.signers.slice(calls)).toEqual([akid]);
  });

  test("a virtual key that assumes a role keeps a kind that can", async () => {
    const shop = await open(house);
    const { virtualKey: source } = await create(shop, { slug: "source", credential: pair });
    const { virtualKey: role } = await create(shop, {
      slug: "role",
      credential: { role_arn: roleArn, source: "source" },
    });
    for (const credential of [{ api_key: "ABSKnoKeyPair0000000000000000" }, { role_arn: roleArn }]) {
      await expect(shop.keys.update(source.id, { credential }, actor)).rejects.toMatchObject({
        code: "in_use",
        message: expect.stringContaining("virtual key role") as string,
      });
    }
    await shop.keys.update(source.id, { credential: {}, kind: "server_chain" }, actor);
    await shop.keys.remove(role.id, actor);
    await shop.keys.update(source.id, { credential: { role_arn: roleArn } }, actor);
  });

  test("a virtual key that a connector calls with keeps a credential of AWS's", async () => {
    const shop = await open(house);
    const { virtualKey } = await create(shop, { slug: "for-aws", credential: pair });
    const dated = { createdAt: 1, updatedAt: 1 };
    const connector = {
      ...dated,
      id: "con_1",
      projectId: defaultProjectId,
      slug: "calls",
      name: "Calls",
      modelId: "m",
    };
    await shop.store.write(({ db }) =>
      db
        .insertInto("connectors")
        .values({ ...connector, virtualKeyId: virtualKey.id, settings: "{}" })
        .execute(),
    );
    const foreign = {
      kind: "openai_compatible",
      credential: { base_url: "https://llm.example.com", api_key: "k" },
    } as const;
    await expect(shop.keys.update(virtualKey.id, foreign, actor)).rejects.toMatchObject({
      code: "in_use",
      message: expect.stringContaining("connector calls") as string,
    });
    expect(await credentialsOf(shop, "for-aws")).toMatchObject({ accessKeyId: akid });
    await shop.keys.update(virtualKey.id, { credential: { role_arn: roleArn } }, actor);
  });

  test("Bedrock API keys, the server's chain and OpenAI-compatible hosts", async () => {
    const shop = await open(house);
    const long = await create(shop, { slug: "long", credential: { api_key: "ABSKcanary" } });
    expect(long.warnings).toEqual([expect.stringContaining("long-term")]);
    expect(await credentialsOf(shop, "long")).toEqual({ kind: "bearer", token: "ABSKcanary" });
    await create(shop, { slug: "server", kind: "server_chain", credential: {} });
    expect(await credentialsOf(shop, "server")).toMatchObject({ accessKeyId: "AKIASERVERSERVER0000" });
    const { virtualKey } = await create(shop, {
      slug: "llm",
      credential: { base_url: "https://llm.example.com/v1/", api_key: "sk-other" },
    });
    expect(virtualKey.credential).toEqual({ kind: "openai_compatible", baseUrl: "https://llm.example.com/v1" });
    expect((await shop.sources.apiKeyOf(virtualKey)).reveal()).toBe("sk-other");
    shop.customHosts.clear();
    await expect(shop.sources.apiKeyOf(virtualKey)).rejects.toMatchObject({ code: "custom_host_not_allowed" });
    await expect(shop.sources.sourceOf(virtualKey)).rejects.toThrow("has no credentials of AWS's");
  });

  test("a short-term key brings its region and expiry, and is refused in another region", async () => {
    const shop = await open(house);
    const url = `bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Credential=AKIA%2F20260102%2Fus-west-2%2Fbedrock%2Faws4_request&X-Amz-Date=20260102T030000Z&X-Amz-Expires=43200`;
    const apiKey = `bedrock-api-key-${Buffer.from(url).toString("base64")}`;
    const { virtualKey } = await create(shop, { credential: { api_key: apiKey } });
    expect(virtualKey).toMatchObject({
      region: "us-west-2",
      credential: { term: "short-term", expiresAt: Date.UTC(2026, 0, 2, 15, 0, 0) },
    });
    const elsewhere = create(shop, { credential: { api_key: apiKey }, region: "us-east-1" });
    await expect(elsewhere).rejects.toMatchObject({
      code: "invalid_region",
      param: "region",
      message: expect.stringContaining("us-west-2"),
    });
  });

  test("three gateways see a change at once, and a removal", async () => {
    const location = await house.newLocation();
    const first = await open(house, location);
    const shops = [first, await open(house, location), await open(house, location)];
    const { virtualKey } = await create(first, { slug: "vk", credential: pair });
    for (const shop of shops) expect(await credentialsOf(shop, "vk")).toMatchObject({ accessKeyId: akid });
    await first.keys.update(
      virtualKey.id,
      { credential: { ...pair, aws_access_key_id: "AKIACHANGED000000000" } },
      actor,
    );
    for (const shop of shops) {
      await until(async () => (await credentialsOf(shop, "vk"))["accessKeyId"] === "AKIACHANGED000000000");
    }
    await first.keys.update(virtualKey.id, { disabled: true }, actor);
    for (const shop of shops) {
      await until(async () => (await shop.keys.bySlug(defaultProjectId, "vk"))?.disabled === true);
      await expect(credentialsOf(shop, "vk")).rejects.toMatchObject({ code: "virtual_key_inactive", status: 403 });
    }
    await first.keys.remove(virtualKey.id, actor);
    for (const shop of shops) await until(async () => (await shop.keys.bySlug(defaultProjectId, "vk")) === undefined);
    expect(
      await first.store.read((db) =>
        db.selectFrom("sealedRecords").selectAll().where("kind", "=", "virtual_key").execute(),
      ),
    ).toEqual([]);
  });

  test("who found the key before a change is held to what it is now: a call may have waited since", async () => {
    const shop = await open(house);
    const { virtualKey: found } = await create(shop, { credential: pair });
    const source = await shop.sources.sourceOf(found);
    expect(await source.get()).toMatchObject({ accessKeyId: akid });
    await shop.keys.update(found.id, { disabled: true }, actor);
    await expect(shop.sources.sourceOf(found)).rejects.toThrow("is switched off");
    await expect(shop.sources.checkServes(found)).rejects.toMatchObject({ code: "virtual_key_inactive" });
    const { virtualKey: on } = await shop.keys.update(found.id, { disabled: false, expiresAt: null }, actor);
    await shop.keys.update(found.id, { expiresAt: shop.clock.now() + 1_000 }, actor);
    shop.clock.time += 2_000;
    await expect(shop.sources.sourceOf(on)).rejects.toThrow("expired at");
  });

  test("a secret that was given for another host does not go to the one before, whoever still calls that", async () => {
    const shop = await open(house);
    const credential = { base_url: "https://llm.example.com/v1", api_key: "sk-first" };
    const { virtualKey: found } = await create(shop, { credential });
    await shop.keys.update(found.id, { credential: { ...credential, base_url: "https://llm.example.com/v2" } }, actor);
    expect((await shop.sources.apiKeyOf(found)).reveal()).toBe("sk-first");
    const elsewhere = { base_url: "https://vpce.example.com/v1", api_key: "sk-second" };
    const { virtualKey: moved } = await shop.keys.update(found.id, { credential: elsewhere }, actor);
    await expect(shop.sources.apiKeyOf(found)).rejects.toMatchObject({ code: "virtual_key_inactive" });
    expect((await shop.sources.apiKeyOf(moved)).reveal()).toBe("sk-second");
    const bearer = { api_key: "ABSKcanary" };
    const { virtualKey: aws } = await create(shop, { credential: bearer, endpoint: "https://llm.example.com" });
    await shop.keys.update(aws.id, { credential: bearer, endpoint: "https://vpce.example.com" }, actor);
    await expect(shop.sources.sourceOf(aws)).rejects.toThrow("leads to another host by now");
    const { virtualKey: own } = await create(shop, { credential: { api_key: "ABSKofaws" } });
    expect(await (await shop.sources.sourceOf(own)).get()).toMatchObject({ kind: "bearer" });
    await shop.keys.update(own.id, { credential: bearer, endpoint: "https://llm.example.com" }, actor);
    await expect(shop.sources.sourceOf(own)).rejects.toThrow("leads to another host by now");
  });

  test("a change keeps what it does not name, and the secret", async () => {
    const shop = await open(house);
    const { virtualKey } = await create(shop, {
      credential: { aws_role_arn: roleArn },
      note: "n",
      region: "us-east-1",
      allowedModels: ["amazon.*"],
      expiresAt: shop.clock.now() + 1_000,
    });
    shop.clock.time += 2_000;
    const { virtualKey: renamed } = await shop.keys.update(virtualKey.id, { name: "New" }, actor);
    expect(renamed).toEqual({ ...virtualKey, name: "New", updatedAt: shop.clock.now() });
    await expect(shop.sources.sourceOf(renamed)).rejects.toThrow("expired at 2026-01-02T03:04:06.000Z");
    const { virtualKey: bare } = await shop.keys.update(
      virtualKey.id,
      { note: null, region: null, allowedModels: null, expiresAt: null },
      actor,
    );
    expect(bare).toMatchObject({ note: undefined, region: undefined, allowedModels: undefined, expiresAt: undefined });
    // The external id stands in the trust policy of the role: another credential of the same kind keeps it.
    const { virtualKey: other } = await shop.keys.update(
      virtualKey.id,
      { credential: { aws_role_arn: `${roleArn}2` } },
      actor,
    );
    expect(other.credential).toEqual({ ...bare.credential, roleArn: `${roleArn}2` });
    await expect(shop.keys.update("vk_none", { name: "x" }, actor)).rejects.toMatchObject({ code: "not_found" });
    await expect(shop.keys.update(virtualKey.id, { region: "cn-north-1" }, actor)).rejects.toMatchObject({
      param: "role_arn",
    });
    await Promise.all([
      shop.keys.update(virtualKey.id, { name: "One" }, actor),
      shop.keys.update(virtualKey.id, { note: "two" }, actor),
      shop.keys.update(virtualKey.id, { disabled: true }, actor),
    ]);
    expect(await shop.keys.byId(virtualKey.id)).toMatchObject({ name: "One", note: "two", disabled: true });
  });

  test("a slug is one key's; names may be shared", async () => {
    const shop = await open(house);
    await create(shop, { slug: "vk", credential: pair });
    await expect(create(shop, { slug: "vk", credential: pair })).rejects.toMatchObject({
      code: "already_exists",
      status: 409,
      param: "slug",
    });
    const first = await create(shop, { name: "Same", credential: pair });
    const second = await create(shop, { name: "Same", credential: pair });
    expect(first.virtualKey.slug).toBe("same");
    expect(second.virtualKey.slug).toMatch(/^same-[0-9a-f]{6}$/);
    const page = await shop.keys.list(defaultProjectId, { limit: 2 });
    const rest = await shop.keys.list(defaultProjectId, { limit: 2, after: page.at(-1)!.id });
    expect([...page, ...rest]).toHaveLength(3);
    expect(await shop.keys.bySlug(defaultProjectId, "no\0slug")).toBeUndefined();
    const orphan = shop.keys.create("prj_none", { name: "x", credential: pair }, actor);
    await expect(orphan).rejects.toMatchObject({ code: "not_found" });
  });

  test.each<[field: string, input: Partial<VirtualKeyInput> & Pick<VirtualKeyInput, "credential">, words: string]>([
    ["region", { credential: { ...pair, aws_region: "us-west-2a" } }, "that is an availability zone, use us-west-2."],
    ["region", { credential: pair, region: "https://us-west-2.console.aws.amazon.com" }, "use us-west-2."],
    [
      "region",
      { credential: pair, region: "US West (Oregon)" },
      "give the region's code, such as us-west-2, not its name.",
    ],
    ["region", { credential: { ...pair, aws_region: "us-east-1" }, region: "us-west-2" }, "two regions"],
    ["allowed_regions[1]", { credential: pair, allowedRegions: ["us-east-1", "us-east-1a"] }, "use us-east-1."],
    ["allowed_regions", { credential: pair, region: "eu-west-1", allowedRegions: ["us-east-1"] }, "eu-west-1"],
    ["aws_secret_access_key", { credential: { aws_access_key_id: akid } }, "lacks the secret access key"],
    ["aws_access_key_id", { credential: { aws_secret_access_key: secret } }, "lacks the access key id"],
    [
      "aws_access_key_id",
      { credential: { ...pair, aws_access_key_id: "CANARY/secret+in=the/wrong/field/12345678" } },
      "16 to 128 letters",
    ],
    ["aws_secret_access_key", { credential: { ...pair, aws_secret_access_key: akid } }, "is an access key id"],
    ["aws_role_arn", { credential: { external_id: "abc" } }, "lacks the role's ARN"],
    ["role_arn", { credential: { role_arn: "arn:aws:iam::1:user/x" } }, "must be an ARN of the form"],
    [
      "role_arn",
      { credential: { role_arn: "arn:aws-cn:iam::123456789012:role/x" }, region: "us-east-1" },
      "partition aws-cn",
    ],
    ["duration_seconds", { credential: { role_arn: roleArn, duration_seconds: "soon" } }, "900 to 43200"],
    [
      "duration_seconds",
      { credential: { role_arn: roleArn, duration_seconds: { toString: 1, valueOf: 1 } } },
      "must be a number",
    ],
    ["duration_seconds", { credential: { role_arn: roleArn, duration_seconds: [900] } }, "must be a number"],
    ["credential.constructor", { credential: { role_arn: roleArn, constructor: "x" } }, "no field"],
    ["credential", { credential: {} }, "holds no credential"],
    ["credential.acess_key", { credential: { acess_key: akid } }, 'no field "acess_key"'],
    [
      "aws_role_arn",
      { kind: "bedrock_api_key", credential: { api_key: "ABSKx", role_arn: roleArn } },
      "does not belong to a virtual key of the kind bedrock_api_key",
    ],
    ["base_url", { kind: "openai_compatible", credential: { api_key: "sk-x" } }, "lacks the base URL"],
    ["base_url", { credential: { api_key: "sk-x", base_url: "http://169.254.169.254/v1" } }, "may not call"],
    [
      "base_url",
      { credential: { api_key: "sk-x", base_url: "https://llm.example.com/v1/chat/completions/" } },
      "must end before /chat/completions",
    ],
    ["endpoint", { credential: pair, endpoint: "https://evil.example.com" }, "may not call"],
    ["endpoint", { credential: pair, endpoint: "vpce.example.com" }, "must be an address"],
    ["slug", { credential: pair, slug: "Not A Slug" }, "must be 1 to 64"],
    ["slug", { credential: pair, slug: "bedrock" }, "must not be the name of a provider"],
    ["name", { credential: pair, name: " " }, "must be 1 to 200"],
    ["note", { credential: pair, note: "x".repeat(2_001) }, "at most 2000"],
    ["expires_at", { credential: pair, expiresAt: 1 }, "must lie in the future"],
    [
      "allowed_models[1]",
      { credential: pair, allowedModels: ["amazon.*", "a model"] },
      "in which * stands for any text",
    ],
  ])("K13, K14: a fault in %s is named, and nothing is saved", async (field, input, words) => {
    const shop = await open(house);
    const error = (await create(shop, input).catch((fault: unknown) => fault)) as AditError;
    expect(error).toMatchObject({ status: 400, param: field, message: expect.stringContaining(words) });
    expect(error.describe()).not.toContain("CANARY");
    expect(await shop.keys.list(defaultProjectId, { limit: 9 })).toEqual([]);
    expect(await shop.store.read((db) => db.selectFrom("auditLog").selectAll().execute())).toEqual([]);
  });

  test("O02, U12: no secret stands in the audit log, in an export, or in the database's files; an import asks for it again", async () => {
    const shop = await open(house);
    const { virtualKey } = await create(shop, {
      slug: "vk",
      credential: { ...pair, aws_session_token: "CANARYtokenxQ7vR2m" },
    });
    shop.clock.time += 1;
    await shop.keys.update(virtualKey.id, { name: "Renamed" }, actor);
    shop.clock.time += 1;
    await shop.keys.update(
      virtualKey.id,
      { credential: { ...pair, aws_secret_access_key: "CANARYagainxQ7vR2m" } },
      actor,
    );
    const audit = await shop.store.read((db) => db.selectFrom("auditLog").selectAll().orderBy("id").execute());
    expect(audit.map((row) => [row.action, row.actorKind, row.requestId])).toEqual([
      ["virtual_key.create", "admin_key", "req_1"],
      ["virtual_key.update", "admin_key", "req_1"],
      ["virtual_key.update", "admin_key", "req_1"],
    ]);
    expect(JSON.parse(audit[1]!.beforeJson!)).toMatchObject({ name: "Bedrock (prod)" });
    expect(JSON.parse(audit[1]!.afterJson!)).toMatchObject({ name: "Renamed" });
    const lines: string[] = [];
    for await (const line of exportLines(shop.store)) lines.push(line);
    expect(lines.join("\n")).not.toMatch(new RegExp(`CANARY|${akid}`));
    if (house.engine === "postgres") await house.server().ask("checkpoint");
    const folder = house.engine === "postgres" ? house.server().dataFolder : house.folder();
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      // The files beside an earlier test's database go when the last of its statements does.
      const bytes = await readFile(join(file.parentPath, file.name), "latin1").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" && /-(?:shm|wal)$/.test(file.name)) return "";
        throw error;
      });
      expect(bytes.includes("CANARY") || bytes.includes(akid), file.name).toBe(false);
    }
    const other = await open(house);
    await importLines(other.store, lines);
    await expect(credentialsOf(other, "vk")).rejects.toThrow("it was imported, and must be filled in again");
    await other.keys.update(virtualKey.id, { credential: pair }, actor);
    expect(await credentialsOf(other, "vk")).toMatchObject({ accessKeyId: akid, secretAccessKey: secret });
  });
});

/** As AWS's token generator writes it, signed at midnight of 2026. */
function shortTermKey(seconds: number): string {
  const query = `Action=CallWithBearerToken&X-Amz-Date=20260101T000000Z&X-Amz-Expires=${seconds}`;
  return `bedrock-api-key-${Buffer.from(`bedrock.amazonaws.com/?${query}`).toString("base64")}`;
}

describe("warnings", () => {
  test.each([
    [
      { aws_access_key_id: "ASIAIOSFODNN7EXAMPLE", aws_secret_access_key: "s".repeat(40) },
      "each request must bring their session token",
    ],
    [{ ...pair, aws_access_key_id: "AROAIOSFODNN7EXAMPLE" }, "neither AKIA nor ASIA"],
    [{ ...pair, aws_session_token: "t" }, "expire within 36 hours"],
    [{ ...pair, aws_secret_access_key: "s".repeat(39) }, "has not the 40 characters"],
    [{ api_key: "something" }, "neither the form"],
    [{ api_key: shortTermKey(43_200) }, "expired at 2026-01-01T12:00:00.000Z"],
    [{ api_key: shortTermKey(43_202) }, "works for 12 hours at most"],
  ])("%o", async (credential, words) => {
    const { readCredential } = await import("./read-credential.ts");
    const read = readCredential(credential, {
      kind: undefined,
      region: undefined,
      customHosts: new Set(),
      externalId: undefined,
      nowMs: Date.parse("2026-01-01T12:00:01Z"),
    });
    expect(read.warnings).toEqual([expect.stringContaining(words)]);
  });
});
