/** Saved guardrails: made, named by configs, changed, taken away; their webhooks' keys are shown to nobody. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Portkey } from "portkey-ai";
import { afterAll, expect, test } from "vitest";
import { filesUnder } from "../support/files-under.ts";
import { adminKey, onBothEngines } from "./control.ts";

interface Made {
  id: string;
  slug: string;
  version: number;
  version_id: string;
  key: string;
}
interface Refused {
  error: { code: string; message: string; param: string };
}

const canary = "CANARYwebhookKey7Q2mK9pL4wT8zB3nH6";

/** A webhook that lets through whoever brings the key, and remembers what it was sent. */
const keysSeen: (string | undefined)[] = [];
const pathsSeen: (string | undefined)[] = [];
const answer: RequestListener = (request, response) => {
  keysSeen.push(request.headers["x-webhook-key"] as string | undefined);
  pathsSeen.push(request.url);
  request.resume();
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ verdict: request.headers["x-webhook-key"] === canary }));
};
async function listening(): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const webhookOrigin = await listening();
/** Allowed too, and not who the key is for. */
const otherOrigin = await listening();
const webhookURL = `${webhookOrigin}/check`;
const hiddenURL = `${webhookOrigin}/...`;
const secretURL = `${webhookURL}/${canary}?token=${canary}`;

onBothEngines(
  (control) => {
    const chat = (headers: Record<string, string>, text = "Hi") =>
      control().ask<Refused>(
        "POST",
        "/v1/chat/completions",
        { model: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: text }] },
        headers,
      );
    const words = (maxWords: number) => [{ id: "default.wordCount", parameters: { maxWords } }];

    test("Portkey's SDK makes, lists, reads, changes and deletes them, and a config names one", async () => {
      const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
      const none = { feedback: { value: 0, weight: 0, metadata: "" } };
      const actions = { deny: true, async: false, on_success: none, on_fail: none };
      const made = await portkey.guardrails.create({ name: "Short", checks: words(3), actions });
      expect(made).toMatchObject({ slug: expect.stringMatching(/^pg-short-/) as string, version: 1 });
      expect(made.version_id).toMatch(/^pgv_/);
      const list = await portkey.guardrails.list({ page_size: 50 });
      expect(list.data.map(({ slug }) => slug)).toContain(made.slug);
      const read = await portkey.guardrails.retrieve({ guardrail_id: made.slug });
      expect(read).toMatchObject({ name: "Short", status: "active", checks: words(3), actions: { deny: true } });

      const config = JSON.stringify({ input_guardrails: [made.slug] });
      expect((await chat({ "x-portkey-config": config }, "one two three")).status).toBe(200);
      expect((await chat({ "x-portkey-config": config }, "one two three four")).status).toBe(446);
      const asked = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl, config });
      const messages = [{ role: "user", content: "one two three four" }];
      await expect(asked.chat.completions.create({ model: "amazon.nova-lite-v1:0", messages })).rejects.toMatchObject({
        status: 446,
      });

      const changed = await portkey.guardrails.update({ guardrail_id: made.slug, checks: words(4) });
      expect(changed.version_id).not.toBe(made.version_id);
      expect((await chat({ "x-portkey-config": config }, "one two three four")).status).toBe(200);
      const { body: versions } = await control().ask<{ data: { version: number }[] }>(
        "GET",
        `/v1/guardrails/${made.slug}/versions`,
      );
      expect(versions.data.map(({ version }) => version)).toEqual([2, 1]);
      await portkey.guardrails.delete({ guardrail_id: made.slug });
      await expect(portkey.guardrails.retrieve({ guardrail_id: made.slug })).rejects.toMatchObject({ status: 404 });
      // A guardrail that is gone is not passed over.
      expect((await chat({ "x-portkey-config": config })).body.error.code).toBe("not_stored");
    });

    test("every check is described, for forms", async () => {
      interface Kind {
        id: string;
        parameters: { type?: string; properties?: Record<string, unknown> };
      }
      const { body } = await control().ask<{ data: Kind[] }>("GET", "/v1/guardrails/checks");
      expect(body.data.length).toBeGreaterThan(25);
      const count = body.data.find(({ id }) => id === "default.wordCount");
      expect(Object.keys(count?.parameters.properties ?? {})).toEqual(["minWords", "maxWords", "not"]);
      for (const { id, parameters } of body.data) expect([id, parameters.type]).toEqual([id, "object"]);
    });

    test("both forms of hooks name it; one that is switched off, or another project's, is not there", async () => {
      const { ask } = control();
      const saved = { name: "Off", slug: "pg-off", checks: words(1), actions: { deny: true } };
      await ask("POST", "/v1/guardrails", saved);
      const hooked = {
        "x-portkey-config": JSON.stringify({ before_request_hooks: [{ type: "guardrail", id: "pg-off" }] }),
      };
      expect((await chat(hooked, "one two")).status).toBe(446);
      await ask("PUT", "/v1/guardrails/pg-off", { status: "archived" });
      expect((await chat(hooked, "one")).body.error).toMatchObject({ code: "not_stored" });
      await ask("PUT", "/v1/guardrails/pg-off", { status: "active" });
      expect((await chat(hooked, "one")).status).toBe(200);

      const { body: project } = await ask<Made>("POST", "/v1/projects", { name: "Others with guardrails" });
      const { body: key } = await ask<Made>("POST", "/v1/api-keys/workspace/service", {
        name: "Other",
        scopes: ["completions.write"],
        workspace_id: project.id,
      });
      const theirs = await chat({ ...hooked, authorization: `Bearer ${key.key}` });
      expect(theirs.body.error.code).toBe("not_stored");
    });

    test("a fault says where, and nothing is saved", async () => {
      const { ask } = control();
      const save = async (body: object): Promise<Refused["error"]> => {
        const answer = await ask<Refused>("POST", "/v1/guardrails", { name: "Faulty", slug: "pg-faulty", ...body });
        expect(answer.status).toBe(400);
        return answer.body.error;
      };
      const rule = { id: "default.regexMatch", parameters: { rule: "(a" } };
      expect(await save({ checks: [rule] })).toMatchObject({ param: "checks[0].parameters.rule" });
      expect(await save({ checks: [{ id: "default.wordcount" }] })).toMatchObject({
        param: "checks[0].id",
        message: expect.stringContaining("default.wordCount") as string,
      });
      expect(await save({ checks: words(1), actions: { denied: true } })).toMatchObject({ param: "actions.denied" });
      expect(await save({ checks: words(1), actions: { deny: true, async: true } })).toMatchObject({
        param: "actions.async",
      });
      expect(await save({ checks: [] })).toMatchObject({ param: "checks" });
      const inner = { id: "default.webhook", parameters: { webhookURL: "http://169.254.169.254/latest/meta-data" } };
      expect((await save({ checks: [inner] })).code).toBe("custom_host_not_allowed");
      expect((await ask("GET", "/v1/guardrails/pg-faulty")).status).toBe(404);
    });

    test("configs name what is there, and what they name is not taken away", async () => {
      const { ask } = control();
      await ask("POST", "/v1/guardrails", { name: "Named", slug: "pg-named", checks: words(9) });
      const near = { targets: [{ input_guardrails: ["pg-nomed"] }], strategy: { mode: "single" } };
      const refused = await ask<Refused>("POST", "/v1/configs", { name: "Near", config: near });
      expect(refused.body.error).toMatchObject({
        code: "invalid_config",
        param: "config.targets[0].input_guardrails[0]",
        message: expect.stringContaining("pg-named") as string,
      });
      const config = { output_guardrails: ["pg-named"] };
      await ask("POST", "/v1/configs", { name: "Names it", slug: "pc-names-it", config });
      const kept = await ask<Refused>("DELETE", "/v1/guardrails/pg-named");
      expect([kept.status, kept.body.error.code]).toEqual([409, "in_use"]);
      expect(kept.body.error.message).toContain("pc-names-it");
      await ask("DELETE", "/v1/configs/pc-names-it");
      expect((await ask("DELETE", "/v1/guardrails/pg-named")).status).toBe(200);
    });

    test("a webhook's key and address are used, and shown to nobody: not by the API, the audit log, the request log, a reply, the file", async () => {
      const { ask, log, dataDir } = control();
      const check = (key: string, address = secretURL) => ({
        id: "default.webhook",
        parameters: { webhookURL: address, headers: { "x-webhook-key": key } },
      });
      const body = { name: "Hook", slug: "pg-hook", checks: [check(canary)], actions: { deny: true } };
      const made = await ask<Made>("POST", "/v1/guardrails", body);
      const config = { "x-portkey-config": JSON.stringify({ input_guardrails: ["pg-hook"] }) };
      const called = await chat(config);
      expect(called.status, JSON.stringify(called.body)).toBe(200);
      expect(keysSeen.at(-1)).toBe(canary);

      // What was read is sent back with its mask: the key stays; another is another version.
      const read = await ask<{ checks: object[] }>("GET", "/v1/guardrails/pg-hook");
      expect(read.body.checks).toEqual([check("***", hiddenURL)]);
      const again = await ask<Made>("PUT", "/v1/guardrails/pg-hook", { checks: read.body.checks });
      expect(again.body.version).toBe(1);
      expect((await chat(config)).status).toBe(200);
      const other = await ask<Made>("PUT", "/v1/guardrails/pg-hook", { checks: [check("another", hiddenURL)] });
      expect(other.body.version).toBe(2);
      expect((await chat(config)).status).toBe(446);
      expect(pathsSeen.slice(-3)).toEqual(Array(3).fill(`/check/${canary}?token=${canary}`));
      const elsewhere = await ask<Made>("PUT", "/v1/guardrails/pg-hook", { checks: [check(canary, webhookURL)] });
      expect(elsewhere.body.version).toBe(3);
      expect((await chat(config)).status).toBe(200);
      // Of what is kept for one guardrail nothing is taken for another, nor for another origin.
      const hidden = { name: "Thief", checks: [check("key", hiddenURL)] };
      const thief = await ask<Refused>("POST", "/v1/guardrails", hidden);
      expect(thief.body.error).toMatchObject({ code: "invalid_value", param: "checks[0].parameters.webhookURL" });

      const led = await ask<Refused>("PUT", "/v1/guardrails/pg-hook", { checks: [check("***", otherOrigin)] });
      expect(led.status).toBe(400);
      expect(led.body.error).toMatchObject({
        param: "checks[0].parameters.headers.x-webhook-key",
        message: expect.stringContaining("Write the value again") as string,
      });
      const seenBefore = pathsSeen.length;
      expect((await chat(config)).status).toBe(200);
      expect([pathsSeen.slice(seenBefore), keysSeen.at(-1)]).toEqual([["/check"], canary]);

      const audit = await ask("GET", "/v1/audit-logs");
      const versions = await ask("GET", "/v1/guardrails/pg-hook/versions");
      expect(JSON.stringify([made, read, again, audit, versions, log])).not.toContain(canary);
      for (const [file, text] of await filesUnder(dataDir)) expect(text.includes(canary), file).toBe(false);
    });

    test("nor are those of a webhook that a saved config writes out, in any of its forms and places", async () => {
      const { ask, log, dataDir } = control();
      const hook = (key: string, address: string) => ({ webhookURL: address, headers: { "x-webhook-key": key } });
      const configOf = (key: string, address: string) => ({
        targets: [
          { inputGuardrails: [{ "default.webhook": hook(key, address), deny: true }] },
          {
            strategy: { mode: "single" },
            targets: [
              {
                after_request_hooks: [
                  { type: "guardrail", id: "h", checks: [{ id: "default.webhook", parameters: hook(key, address) }] },
                ],
              },
            ],
          },
        ],
        strategy: { mode: "fallback" },
      });
      interface Saved {
        version: number;
        config: object;
      }
      const path = "/v1/configs/pc-hooked";
      const whole = configOf(canary, secretURL);
      const made = await ask<Saved>("POST", "/v1/configs", { name: "Hooked", slug: "pc-hooked", config: whole });
      expect(made.status, JSON.stringify(made.body)).toBe(200);
      const header = { "x-portkey-config": "pc-hooked" };
      const called = async () => {
        const { status } = await chat(header);
        return [status, keysSeen.at(-1), pathsSeen.at(-1)];
      };
      const used = [200, canary, `/check/${canary}?token=${canary}`];
      expect(await called()).toEqual(used);

      const read = await ask<Saved>("GET", path);
      expect(read.body.config).toEqual(configOf("***", hiddenURL));
      expect((await ask<Saved>("PUT", path, { config: read.body.config })).body.version).toBe(1);
      expect((await ask<Saved>("PUT", path, { name: "Of another name" })).body.version).toBe(1);
      expect(await called()).toEqual(used);
      // Nothing of it goes to another origin.
      const first = "config.targets[0].inputGuardrails[0].default.webhook";
      for (const [address, param] of [
        [otherOrigin, `${first}.headers.x-webhook-key`],
        [`${otherOrigin}/...`, `${first}.webhookURL`],
      ] as const) {
        const led = await ask<Refused>("PUT", path, { config: configOf("***", address) });
        expect([led.status, led.body.error.code, led.body.error.param]).toEqual([400, "invalid_config", param]);
      }
      expect(await called()).toEqual(used);
      // A header of any name is the webhook's own matter; a credential beside it is not.
      const named = { "default.webhook": { webhookURL, headers: { authorization: canary } } };
      const beside = { api_key: "sk-canary", input_guardrails: [named] };
      const taken = { name: "Named", slug: "pc-named", config: { input_guardrails: [named] } };
      expect((await ask("POST", "/v1/configs", taken)).status).toBe(200);
      const refused = await ask<Refused>("POST", "/v1/configs", { name: "Beside", config: beside });
      expect(refused.body.error.param).toBe("config.api_key");

      const dryRun = await ask("POST", "/v1/configs/dry-run", { config: "pc-hooked", request: { messages: [] } });
      const [audit, versions] = [await ask("GET", "/v1/audit-logs"), await ask("GET", `${path}/versions`)];
      expect(JSON.stringify([made, read, dryRun, audit, versions, log])).not.toContain(canary);
      for (const [file, text] of await filesUnder(dataDir)) expect(text.includes(canary), file).toBe(false);
    });
  },
  { ADIT_CUSTOM_HOSTS: `${webhookOrigin},${otherOrigin}` },
);
