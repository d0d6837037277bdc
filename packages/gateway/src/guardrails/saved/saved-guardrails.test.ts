/** Saved guardrails on both engines: from a file, twice; by another gateway; out of one store and into another, without their secrets. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apply } from "../../admin/apply/apply.ts";
import { readApplyFile } from "../../admin/apply/apply-file.ts";
import { partsWithin, type ChangeParts } from "../../admin/parts.ts";
import { openChangeParts } from "../../admin/open-parts.ts";
import { readSettings } from "../../settings.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import type { Store, StoreLocation } from "../../store/store.ts";
import { onBothEngines, type House } from "../../store/testing/engines.ts";
import { exportLines, importLines } from "../../store/transfer.ts";

const canary = "CANARYwebhookKey7Q2mK9pL4wT8";
const actor = { kind: "command" } as const;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-guardrails-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const file = (disabled = false): string => `
version: 1
projects:
  - slug: default
    guardrails:
      - slug: pg-hook
        name: Hook
        disabled: ${String(disabled)}
        checks:
          - id: default.webhook
            parameters: { webhookURL: "https://checks.example.com/\${env:KEY}", headers: { authorization: "\${env:KEY}" } }
        actions: { deny: true }
    configs:
      - slug: pc-main
        name: Main
        config: { input_guardrails: [pg-hook] }
`;

onBothEngines((house: House) => {
  async function open(location?: StoreLocation): Promise<{ store: Store; parts: ChangeParts }> {
    const store = await house.open(location);
    const settings = readSettings({ ADIT_DATA_DIR: dataDir, ADIT_CUSTOM_HOSTS: "https://checks.example.com" });
    return { store, parts: await openChangeParts(store, settings) };
  }
  const run = async ({ store, parts }: { store: Store; parts: ChangeParts }, key: string, text = file()) => {
    const read = readApplyFile(text, { KEY: key });
    const steps = await store.writeAlone((writing) => apply(read, partsWithin(parts, writing), actor));
    return steps.map(({ action, kind, fields }) => `${action} ${kind} ${fields.join(",")}`.trim());
  };
  const hookOf = (parts: ChangeParts) => parts.guardrails.findHook("pg-hook", defaultProjectId);

  test("adit apply makes it, keeps it, and changes it where its key or its switch is another", async () => {
    const one = await open();
    expect(await run(one, canary)).toEqual(["keep project", "create guardrail", "create config"]);
    expect((await hookOf(one.parts))?.deny).toBe(true);
    expect(await run(one, canary)).toEqual(["keep project", "keep guardrail", "keep config"]);
    expect(await run(one, "another")).toEqual(["keep project", "update guardrail checks", "keep config"]);
    expect(await run(one, "another", file(true))).toEqual(["keep project", "update guardrail disabled", "keep config"]);
    expect(await hookOf(one.parts)).toBeUndefined();
    const saved = await one.parts.guardrails.find(defaultProjectId, "pg-hook");
    expect(saved?.version).toBe(2);
    expect(JSON.stringify([saved, await one.parts.guardrails.versions(saved?.id ?? "")])).not.toContain(canary);
    await one.parts.gatewayKeys.close();
  });

  test("where a check is taken out, the others keep their own secrets, or are to be written anew", async () => {
    const { parts } = await open();
    const hook = (address: string, timeout: number) => ({
      id: "default.webhook",
      parameters: { webhookURL: `https://checks.example.com/${address}`, timeout },
    });
    const words = { id: "default.wordCount", parameters: { maxWords: 9 } };
    const made = await parts.guardrails.create(
      defaultProjectId,
      { name: "Two", slug: "pg-two", checks: [words, hook("one", 1), hook("two", 2)], actions: {} },
      actor,
    );
    const [, one = {}, two = {}] = made.checks;
    // Which of the two it was does not show.
    await expect(parts.guardrails.update(made.id, { checks: [words, two] }, actor)).rejects.toMatchObject({
      param: "checks[1].parameters.webhookURL",
    });
    const added = await parts.guardrails.update(made.id, { checks: [words, one, two, words] }, actor);
    expect(
      await parts.guardrails.differs(added, { ...added, checks: [words, hook("one", 1), hook("two", 2), words] }),
    ).toBe(false);
    const alone = await parts.guardrails.update(made.id, { checks: [words, hook("two", 2)] }, actor);
    const moved = await parts.guardrails.update(made.id, { checks: alone.checks.slice(1) }, actor);
    expect(await parts.guardrails.differs(moved, { ...moved, checks: [hook("two", 2)] })).toBe(false);
    expect(moved.checks).toEqual([two]);
    await parts.gatewayKeys.close();
  });

  test("what an earlier version took, and this one does not, is refused by its slug", async () => {
    const { store, parts } = await open();
    const input = { name: "Old", slug: "pg-old", checks: [{ id: "default.regexReplace", parameters: { rule: "x" } }] };
    await parts.guardrails.create(defaultProjectId, { ...input, actions: {} }, actor);
    const guardrail = JSON.stringify({ checks: input.checks, actions: { async: true } });
    await store.write(({ db }) => db.updateTable("guardrailVersions").set({ guardrail }).execute());
    await expect(parts.guardrails.findHook("pg-old", defaultProjectId)).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining("pg-old cannot be run. actions.async: cannot stand beside"),
    });
    await parts.gatewayKeys.close();
  });

  test("another gateway hears of a change", async () => {
    const location = await house.newLocation();
    const [one, other] = [await open(location), await open(location)];
    await run(one, canary);
    expect((await hookOf(other.parts))?.isAsync).toBe(false);
    const { id = "" } = (await one.parts.guardrails.find(defaultProjectId, "pg-hook")) ?? {};
    await one.parts.guardrails.update(id, { disabled: true }, actor);
    await expect.poll(() => hookOf(other.parts)).toBeUndefined();
    await Promise.all([one.parts.gatewayKeys.close(), other.parts.gatewayKeys.close()]);
  });

  test("an export holds no key, and what was imported without one is not run", async () => {
    const one = await open();
    await run(one, canary);
    const lines: string[] = [];
    for await (const line of exportLines(one.store)) lines.push(line);
    expect(lines.join("\n")).toContain("pg-hook");
    expect(lines.join("\n")).not.toContain(canary);
    const { id = "", checks = [] } = (await one.parts.guardrails.find(defaultProjectId, "pg-hook")) ?? {};
    await one.parts.configs.remove((await one.parts.configs.find(defaultProjectId, "pc-main"))?.id ?? "", actor);
    await one.parts.guardrails.remove(id, actor);
    const sealed = await one.store.read((db) => db.selectFrom("sealedRecords").select("kind").execute());
    expect(sealed.map(({ kind }) => kind)).not.toContain("guardrail_version");
    await importLines(one.store, lines);
    await expect(hookOf(one.parts)).rejects.toMatchObject({ code: "not_stored" });
    await expect(one.parts.guardrails.update(id, { checks }, actor)).rejects.toMatchObject({
      param: "checks[0].parameters.webhookURL",
    });
    const entered = JSON.parse(
      JSON.stringify(checks).replace("***", canary).replace("/...", `/${canary}`),
    ) as typeof checks;
    await one.parts.guardrails.update(id, { checks: entered }, actor);
    expect((await hookOf(one.parts))?.checks).toHaveLength(1);
    await one.parts.gatewayKeys.close();
  });
});
