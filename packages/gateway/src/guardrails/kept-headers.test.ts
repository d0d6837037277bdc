/** A webhook's header is kept for the scheme, host and port that it was given for: whoever may change a guardrail need not know it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChangeParts } from "../admin/parts.ts";
import { openChangeParts } from "../admin/open-parts.ts";
import { readSettings } from "../settings.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { onBothEngines } from "../store/testing/engines.ts";

const canary = "CANARYkeptHeader7Q2mK9pL4wT8";
const actor = { kind: "command" } as const;
const own = "https://checks.example.com";
const others = ["https://other.example.com", "http://checks.example.com", "https://checks.example.com:8443"];

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-kept-headers-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const hook = (webhookURL: string, key: string) => ({
  id: "default.webhook",
  parameters: { webhookURL, headers: { "x-key": key } },
});
const words = { id: "default.wordCount", parameters: { maxWords: 9 } };

onBothEngines((house) => {
  async function open(): Promise<ChangeParts> {
    const settings = readSettings({ ADIT_DATA_DIR: dataDir, ADIT_CUSTOM_HOSTS: [own, ...others].join(",") });
    return openChangeParts(await house.open(), settings);
  }
  const refusal = (path: string) => ({
    code: "invalid_request",
    param: path,
    remedy: expect.stringContaining("Write the value again") as string,
  });

  test("an address of another origin gets no header that was kept, whether what was before it is shown whole or hidden", async () => {
    const { guardrails, gatewayKeys } = await open();
    for (const before of [own, `${own}/`, `${own}/token/1`, `${own}:443/token/1`]) {
      const input = { name: "Hook", checks: [words, hook(before, canary)], actions: {} };
      const { id, version, checks } = await guardrails.create(defaultProjectId, input, actor);
      for (const other of others) {
        for (const address of [other, `${other}/token/1`]) {
          const path = "checks[1].parameters.headers.x-key";
          const wanted = { checks: [words, hook(address, "***")] };
          await expect(guardrails.update(id, wanted, actor), `${before} ${address}`).rejects.toMatchObject(
            refusal(path),
          );
          // Nor where checks were taken out, so that it is found by its name alone, nor as a text.
          const alone = { checks: [hook(address, "***")] };
          await expect(guardrails.update(id, alone, actor)).rejects.toMatchObject(refusal(path.replace("1", "0")));
          const asText = { ...hook(address, ""), parameters: { webhookURL: address, headers: '{"x-key":"***"}' } };
          await expect(guardrails.update(id, { checks: [words, asText] }, actor)).rejects.toMatchObject(refusal(path));
          const toLog = { id: "default.log", parameters: { logURL: address, headers: { "x-key": "***" } } };
          await expect(guardrails.update(id, { checks: [words, toLog] }, actor)).rejects.toMatchObject(refusal(path));
        }
      }
      const after = await guardrails.find(defaultProjectId, id);
      expect([after?.version, after?.checks]).toEqual([version, checks]);
    }
    await gatewayKeys.close();
  });

  test("it stays for another path of its own origin, and goes elsewhere where it is given again", async () => {
    const { guardrails, gatewayKeys } = await open();
    const input = { name: "Hook", checks: [hook(`${own}/one`, canary)], actions: {} };
    const made = await guardrails.create(defaultProjectId, input, actor);
    const moved = await guardrails.update(made.id, { checks: [hook(`${own}/two`, "***")] }, actor);
    expect(await guardrails.differs(moved, { ...input, checks: [hook(`${own}/two`, canary)] })).toBe(false);
    const [other = ""] = others;
    const given = await guardrails.update(made.id, { checks: [hook(`${other}/two`, `${canary}2`)] }, actor);
    expect(await guardrails.differs(given, { ...input, checks: [hook(`${other}/two`, `${canary}2`)] })).toBe(false);
    expect(JSON.stringify(await guardrails.versions(made.id))).not.toContain(canary);
    await gatewayKeys.close();
  });

  test("of two webhooks each keeps its own: that of the other's origin is none", async () => {
    const { guardrails, gatewayKeys } = await open();
    const [other = ""] = others;
    const both = [hook(`${own}/one`, canary), hook(`${other}/one`, `${canary}2`)];
    const made = await guardrails.create(defaultProjectId, { name: "Two", checks: both, actions: {} }, actor);
    const turned = { checks: [made.checks[1] ?? {}, made.checks[0] ?? {}] };
    await expect(guardrails.update(made.id, turned, actor)).rejects.toMatchObject({ code: "invalid_request" });
    const last = await guardrails.update(made.id, { checks: made.checks.slice(1) }, actor);
    expect(await guardrails.differs(last, { checks: both.slice(1), actions: {} })).toBe(false);
    await gatewayKeys.close();
  });
});
