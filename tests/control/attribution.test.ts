/** Whom a call is for, told to AWS under the gateway's control: requestMetadata, session names and session tags of a virtual key. */
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { beforeEach, describe, expect, test } from "vitest";
import { bodyOf, callsOf, onlyModelCall } from "../support/seen.ts";
import { adminKey, onBothEngines, type Control } from "./control.ts";

const nova = "us.amazon.nova-lite-v1:0";
const roleArn = "arn:aws:iam::123456789012:role/Adit";
const messages = [{ role: "user", content: "Hello" }];
const header = "x-amzn-bedrock-request-metadata";

interface Fault {
  error: { param: string; message: string };
}

onBothEngines(
  (control) => {
    const ask: Control["ask"] = (...given) => control().ask(...given);
    const seen = (operation: string) => callsOf(control().emulator, operation);
    let keys = 0;
    const save = async (fields: object): Promise<string> => {
      keys += 1;
      const slug = `attributed-${keys}`;
      const { status, body } = await ask("POST", "/v1/virtual-keys", { name: slug, slug, ...fields });
      expect(status, JSON.stringify(body)).toBe(200);
      return slug;
    };
    const chat = (slug: string, body: object = {}, headers: Record<string, string> = {}) =>
      ask("POST", "/v1/chat/completions", { model: `@${slug}/${nova}`, messages, ...body }, headers);
    const told = { request_metadata: { team: "metadata.team", app: "key", "Cost Center": "project" } };
    beforeEach(() => control().emulator.clearRequests());

    describe("requestMetadata", () => {
      test("holds the key, the project and the metadata; a caller's own cannot take their names", async () => {
        const slug = await save({ kind: "server_chain", attribution: told });
        const { status, headers } = await chat(
          slug,
          { requestMetadata: { team: "forged", app: "forged", mine: "stays" } },
          { "x-portkey-metadata": JSON.stringify({ team: "blue <sky>", other: 1 }) },
        );
        expect(status).toBe(200);
        expect(bodyOf(onlyModelCall(control().emulator)).requestMetadata).toEqual({
          team: "blue -sky-",
          app: "admin-key",
          "Cost Center": "default",
          mine: "stays",
        });
        expect(headers.get("x-adit-dropped")).toBe("requestMetadata.team,requestMetadata.app");
      });

      test("is empty under a name whose value is not known, and never the caller's", async () => {
        const slug = await save({ kind: "server_chain", attribution: told });
        await chat(slug, { metadata: { team: "forged" } });
        expect(bodyOf(onlyModelCall(control().emulator)).requestMetadata).toMatchObject({ team: "" });
      });

      test("goes before a caller's sixteen pairs, and says which of them had no room", async () => {
        const slug = await save({ kind: "server_chain", attribution: { request_metadata: { app: "key" } } });
        const own = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`n${index}`, "v"]));
        const { status, headers } = await chat(slug, { requestMetadata: own });
        expect(status).toBe(200);
        expect(Object.keys(bodyOf(onlyModelCall(control().emulator)).requestMetadata ?? {})).toHaveLength(16);
        expect(headers.get("x-adit-dropped")).toBe("requestMetadata.n15");
      });

      test("names the gateway key and its project", async () => {
        const project = (await ask<{ id: string; slug: string }>("POST", "/v1/projects", { name: "Harbour" })).body;
        const slug = await save({ kind: "server_chain", attribution: told, workspace_id: project.id });
        const made = await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", {
          name: "The crane's key",
          scopes: ["completions.write"],
          workspace_id: project.id,
          defaults: { metadata: { team: "cranes" } },
        });
        const { status } = await chat(
          slug,
          {},
          { authorization: `Bearer ${made.body.key}`, "x-portkey-metadata": '{"team":"forged"}' },
        );
        expect(status).toBe(200);
        expect(bodyOf(onlyModelCall(control().emulator)).requestMetadata).toEqual({
          team: "cranes",
          app: "The crane-s key",
          "Cost Center": project.slug,
        });
      });

      test("stands in Converse's native body, whatever the caller wrote under its name", async () => {
        const slug = await save({ kind: "server_chain", attribution: told });
        const converse = (body: string) =>
          fetch(`${control().gateway.url}/model/${encodeURIComponent(nova)}/converse`, {
            method: "POST",
            headers: {
              "content-type": "application/json",
              "x-adit-api-key": adminKey,
              "x-adit-virtual-key": slug,
              "x-adit-metadata": '{"team":"a"}',
            },
            body,
          });
        const asked = '"messages":[{"role":"user","content":[{"text":"Hi"}]}]';
        const twice = `{ "requestMetadata": {"team": "x"}, ${asked}, "requestMetadata" : {"team": "y", "b": "c"} }`;
        for (const body of [`{${asked}}`, twice]) {
          control().emulator.clearRequests();
          const answer = await converse(body);
          expect(answer.status, await answer.text()).toBe(200);
          const text = onlyModelCall(control().emulator).body.toString();
          expect(text).not.toMatch(/"x"|"y"/);
          expect(JSON.parse(text)).toMatchObject({ requestMetadata: { team: "a", app: "admin-key" } });
          expect(answer.headers.get("x-adit-dropped")).toBe(body === twice ? "requestMetadata.team" : null);
        }
        control().emulator.clearRequests();
        // Readers of JSON that are not strict pass over what stands before an object, and behind it.
        const forged = `{${asked},"requestMetadata":{"team":"forged"}}`;
        for (const body of ["{", `\ufeff${forged}`, `${forged} x`]) expect((await converse(body)).status).toBe(400);
        expect(callsOf(control().emulator, "Converse")).toEqual([]);
      });

      test("reaches AWS by its own SDK's call", async () => {
        const slug = await save({ kind: "server_chain", attribution: told });
        const client = new BedrockRuntimeClient({
          region: "us-east-1",
          endpoint: control().gateway.url,
          token: { token: adminKey },
          authSchemePreference: ["httpBearerAuth"],
        });
        client.middlewareStack.add(
          (next) => (args) => {
            (args.request as { headers: Record<string, string> }).headers["x-adit-virtual-key"] = slug;
            return next(args);
          },
          { step: "build" },
        );
        await client.send(
          new ConverseCommand({
            modelId: nova,
            messages: [{ role: "user", content: [{ text: "Hi" }] }],
            requestMetadata: { app: "forged", mine: "stays" },
          }),
        );
        client.destroy();
        expect(bodyOf(onlyModelCall(control().emulator)).requestMetadata).toMatchObject({
          app: "admin-key",
          mine: "stays",
        });
      });

      test("is InvokeModel's header, of the native door, of messages and of embeddings", async () => {
        const slug = await save({ kind: "server_chain", attribution: { request_metadata: { app: "key" } } });
        const headers = { "x-adit-virtual-key": slug, [header]: '{"app":"forged","mine":"é"}' };
        const native = { schemaVersion: "messages-v1", messages: [{ role: "user", content: [{ text: "Hi" }] }] };
        const base = control().gateway.url;
        const invoked = await fetch(`${base}/model/${encodeURIComponent(nova)}/invoke`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-adit-api-key": adminKey, ...headers },
          body: JSON.stringify(native),
        });
        expect(invoked.status, await invoked.text()).toBe(200);
        const claude = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
        const body = { model: claude, max_tokens: 9, messages, requestMetadata: { app: "forged" } };
        expect((await ask("POST", "/v1/messages", body, headers)).status).toBe(200);
        const embed = { model: "amazon.titan-embed-text-v2:0", input: "Hi" };
        expect((await ask("POST", "/v1/embeddings", embed, headers)).status).toBe(200);
        const sent = control().emulator.requests.map((each) => [
          each.operation,
          JSON.parse(each.headers[header] ?? JSON.stringify(bodyOf(each).requestMetadata)) as unknown,
        ]);
        expect(sent).toEqual([
          ["InvokeModel", { app: "admin-key", mine: "é" }],
          [expect.stringMatching(/^(InvokeModel|Converse)$/), { app: "admin-key" }],
          ["InvokeModel", { app: "admin-key" }],
        ]);
      });

      test("goes with chat by the model family's own format too", async () => {
        const slug = await save({ kind: "server_chain", attribution: { request_metadata: { app: "key" } } });
        const body = { use_converse: false, requestMetadata: { app: "forged", mine: "stays" } };
        expect((await chat(slug, body)).status).toBe(200);
        const [call] = seen("InvokeModel");
        expect(JSON.parse(call?.headers[header] ?? "")).toEqual({ app: "admin-key", mine: "stays" });
      });

      test("is not sent where the virtual key does not say so, and no more once that is taken back", async () => {
        const slug = await save({ kind: "server_chain", attribution: told });
        const { status, body } = await ask("PUT", `/v1/virtual-keys/${slug}`, { attribution: null });
        expect(status, JSON.stringify(body)).toBe(200);
        await chat(slug);
        expect(bodyOf(onlyModelCall(control().emulator)).requestMetadata).toBeUndefined();
      });
    });

    describe("a role's session", () => {
      const role = { credential: { role_arn: roleArn, session_tags: { owner: "platform" } } };
      const attribution = {
        session_name: "metadata.user",
        session_tags: { team: "metadata.team", project: "project" },
      };
      const as = (metadata: object) => ({ "x-portkey-metadata": JSON.stringify(metadata) });
      const form = (body: Buffer) => Object.fromEntries(new URLSearchParams(body.toString()));

      test("carries name and tags, and is one for each set of them", async () => {
        const slug = await save({ ...role, attribution });
        for (const team of ["red", "blue", "red"]) {
          const { status, body } = await chat(slug, {}, as({ team, user: "ada lovelace/1", unused: Math.random() }));
          expect(status, JSON.stringify(body)).toBe(200);
        }
        const assumed = seen("AssumeRole").map(({ body }) => form(body));
        expect(assumed.map((each) => each["Tags.member.2.Value"])).toEqual(["red", "blue"]);
        expect(assumed[0]).toMatchObject({
          RoleArn: roleArn,
          RoleSessionName: "ada-lovelace-1",
          "Tags.member.1.Key": "owner",
          "Tags.member.1.Value": "platform",
          "Tags.member.2.Key": "team",
          "Tags.member.3.Key": "project",
          "Tags.member.3.Value": "default",
        });
        const signers = seen("Converse").map(({ accessKeyId }) => accessKeyId);
        expect(signers[0]).toBe(signers[2]);
        expect(signers[0]).not.toBe(signers[1]);
      });

      test.each([
        ["key", "The crane-s key", "The-crane-s-key"],
        ["project", "default", "default"],
        ["metadata.team", "cranes - co", "cranes---co"],
      ])("and requestMetadata take %s alike, each in its own letters", async (source, value, name) => {
        const made = await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", {
          name: "The crane's key",
          scopes: ["completions.write"],
        });
        const one = { session_name: source, session_tags: { it: source }, request_metadata: { it: source } };
        const slug = await save({ credential: { role_arn: roleArn }, attribution: one });
        const headers = { authorization: `Bearer ${made.body.key}`, ...as({ team: "cranes & co" }) };
        // What the caller calls by AWS's own names does not reach AWS.
        const forged = { "x-amzn-bedrock-request-metadata": '{"it":"forged"}', "x-amz-tags": "forged" };
        const { status } = await chat(slug, { requestMetadata: { it: "forged" } }, { ...headers, ...forged });
        expect(status).toBe(200);
        const [assumed] = seen("AssumeRole").map(({ body }) => form(body));
        expect(assumed).toMatchObject({
          RoleSessionName: name,
          "Tags.member.1.Key": "it",
          "Tags.member.1.Value": value,
        });
        const [called] = seen("Converse");
        expect(called && bodyOf(called).requestMetadata).toEqual({ it: value });
        expect(JSON.stringify(called?.headers)).not.toContain("forged");
      });

      test("needs sts:TagSession in the trust policy, which the pasted one has", async () => {
        const trustOf = async (slug: string) => {
          const path = `/v1/virtual-keys/${slug}/policies?principal_arn=arn:aws:iam::123456789012:role/gateway`;
          return (await ask<{ trust_policy: string }>("GET", path)).body.trust_policy;
        };
        const plain = { credential: { role_arn: roleArn } };
        expect(await trustOf(await save({ ...plain, attribution }))).toContain("sts:TagSession");
        expect(await trustOf(await save(plain))).not.toContain("sts:TagSession");
      });

      test("has adit's name where nothing is known, and one of 2 to 64 characters always", async () => {
        const slug = await save({ ...role, attribution });
        for (const user of [undefined, "é", "x".repeat(99)]) await chat(slug, {}, as({ user }));
        expect(seen("AssumeRole").map(({ body }) => form(body)["RoleSessionName"])).toEqual([
          "adit",
          "adit--",
          "x".repeat(64),
        ]);
      });
    });

    describe("what AWS would refuse is refused when it is saved", () => {
      const many = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, "key"]));
      const role = { credential: { role_arn: roleArn, session_tags: { owner: "platform" } } };
      const chain = { kind: "server_chain" };
      test.each([
        [chain, { request_metadata: { "a<b": "key" } }, "attribution.request_metadata"],
        [chain, { request_metadata: { "": "key" } }, "attribution.request_metadata"],
        [chain, { request_metadata: many(17) }, "attribution.request_metadata"],
        [chain, { request_metadata: { a: "secret" } }, "attribution.request_metadata.a"],
        [chain, { request_metadata: { a: "metadata." } }, "attribution.request_metadata.a"],
        [chain, { session_tags: { a: "key" } }, "attribution.session_tags"],
        [chain, { session_name: "key" }, "attribution.session_name"],
        [chain, { session: "key" }, "attribution.session"],
        [role, { session_tags: { "a*": "key" } }, "attribution.session_tags"],
        [role, { session_tags: { Team: "key", team: "project" } }, "attribution.session_tags"],
        [role, { session_tags: { "aws:x": "key" } }, "attribution.session_tags"],
        [role, { session_tags: many(50) }, "attribution.session_tags"],
        [role, { session_name: "user" }, "attribution.session_name"],
        [
          { kind: "openai_compatible", credential: { base_url: "https://llm.example.com", api_key: "k" } },
          { request_metadata: { a: "key" } },
          "attribution",
        ],
      ])("%j %j", async (fields, attribution, param) => {
        const { status, body } = await ask<Fault>("POST", "/v1/virtual-keys", { name: "x", ...fields, attribution });
        expect(status).toBe(400);
        expect(body.error.param).toBe(param);
      });

      test("what is saved is shown, and a change of kind that it does not fit is refused", async () => {
        const attribution = {
          request_metadata: { team: "metadata.team" },
          session_tags: { app: "key" },
          session_name: "key",
        };
        const slug = await save({ ...role, attribution });
        expect((await ask<object>("GET", `/v1/virtual-keys/${slug}`)).body).toMatchObject({ attribution });
        const changed = await ask<Fault>("PUT", `/v1/virtual-keys/${slug}`, { kind: "server_chain", credential: {} });
        expect(changed).toMatchObject({ status: 400, body: { error: { param: "attribution.session_tags" } } });
        expect((await ask<object>("GET", `/v1/virtual-keys/${slug}`)).body).toMatchObject({ kind: "assumed_role" });
      });
    });
  },
  { ADIT_CUSTOM_HOSTS: "https://llm.example.com" },
);
