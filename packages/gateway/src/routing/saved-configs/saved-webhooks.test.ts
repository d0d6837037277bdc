/** Webhooks that saved configs write out, on both engines: from a file, twice; out of one store and into another; taken away. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@adit/bedrock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apply } from "../../admin/apply/apply.ts";
import { readApplyFile } from "../../admin/apply/apply-file.ts";
import { partsWithin } from "../../admin/parts.ts";
import { openChangeParts } from "../../admin/open-parts.ts";
import { readSettings } from "../../settings.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { exportLines, importLines } from "../../store/transfer.ts";

const canary = "CANARYconfigWebhook7Q2mK9pL4wT8";
const actor = { kind: "command" } as const;

const hosts = "https://logs.example.com,https://checks.example.com";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-saved-webhooks-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const file = `
version: 1
projects:
  - slug: default
    configs:
      - slug: pc-main
        name: Main
        config:
          output_guardrails:
            - { "default.log": { headers: '{"x-key": "\${env:KEY}"}', logURL: "https://logs.example.com/\${env:KEY}" } }
`;
const hook = (name: string, key: string): JsonObject => ({
  "default.webhook": { webhookURL: `https://checks.example.com/${name}`, headers: { "x-key": key } },
});

onBothEngines((house) => {
  async function open() {
    const store = await house.open();
    const parts = await openChangeParts(store, readSettings({ ADIT_DATA_DIR: dataDir, ADIT_CUSTOM_HOSTS: hosts }));
    const sealed = async () => {
      const rows = await store.read((db) => db.selectFrom("sealedRecords").select("kind").execute());
      return rows.filter(({ kind }) => kind === "config_version").length;
    };
    const run = async (key: string) => {
      const read = readApplyFile(file, { KEY: key });
      const steps = await store.writeAlone((writing) => apply(read, partsWithin(parts, writing), actor));
      return steps.map(({ action, kind, fields }) => `${action} ${kind} ${fields.join(",")}`.trim());
    };
    const find = async () => (await parts.configs.find(defaultProjectId, "pc-main"))!;
    return { store, parts, sealed, run, find };
  }

  test("adit apply makes one, keeps it, and changes it where its key is another", async () => {
    const { parts, run, find, sealed } = await open();
    expect(await run(canary)).toEqual(["keep project", "create config"]);
    expect(await run(canary)).toEqual(["keep project", "keep config"]);
    expect(await run("another")).toEqual(["keep project", "update config config"]);
    expect([(await find()).version, await sealed()]).toEqual([2, 2]);
    expect(JSON.stringify([await find(), await parts.configs.versions((await find()).id)])).not.toContain(canary);
    await parts.configs.remove((await find()).id, actor);
    expect(await sealed()).toBe(0);
    await parts.gatewayKeys.close();
  });

  test("an export holds no key; what was imported without one steers no call until it is entered again", async () => {
    const { store, parts, run, find } = await open();
    await run(canary);
    const lines: string[] = [];
    for await (const line of exportLines(store)) lines.push(line);
    expect(lines.join("\n")).toContain("https://logs.example.com/...");
    expect(lines.join("\n")).not.toContain(canary);
    const { id, config } = await find();
    await parts.configs.remove(id, actor);
    await importLines(store, lines);
    await expect(parts.configs.findConfig("pc-main", defaultProjectId)).rejects.toMatchObject({ code: "not_stored" });
    const moved = { ...config, retry: { attempts: 1 } };
    await expect(parts.configs.update(id, { config: moved }, actor)).rejects.toMatchObject({
      param: "config.output_guardrails[0].default.log.logURL",
    });
    await parts.configs.update(id, { name: "Renamed" }, actor);
    const entered = JSON.parse(JSON.stringify(moved).replace("***", canary).replace("/...", "/x")) as JsonObject;
    await parts.configs.update(id, { config: entered }, actor);
    const ready = await parts.configs.findConfig("pc-main", defaultProjectId);
    expect(ready?.root.output_guardrails).toHaveLength(1);
    await parts.gatewayKeys.close();
  });

  test("where a target is taken out the others keep their own, or are to be written anew", async () => {
    const { parts } = await open();
    const targets = [hook("one", "first"), hook("two", "second")].map((each) => ({ input_guardrails: [each] }));
    const strategy = { mode: "fallback" };
    const input = { name: "Two", config: { strategy, targets } };
    const { saved } = await parts.configs.create(defaultProjectId, input, actor);
    const shown = saved.config["targets"] as JsonObject[];
    const put = (given: JsonObject[]) =>
      parts.configs.update(saved.id, { config: { strategy, targets: given } }, actor);
    await put([...shown, {}]);
    // Which of the two it was does not show.
    await expect(put(shown.slice(1))).rejects.toMatchObject({
      param: "config.targets[0].input_guardrails[0].default.webhook.webhookURL",
    });
    await put(targets.slice(1));
    const { saved: last } = await put([{}, shown[1] ?? {}]);
    expect(await parts.configs.differs(last, { strategy, targets: [{}, targets[1] ?? {}] })).toBe(false);
    await parts.gatewayKeys.close();
  });

  test("another order is another version: guardrails are run in it", async () => {
    const { parts } = await open();
    const checks = { "default.regexReplace": { rule: "x" }, "default.contains": { words: ["x"], operator: "none" } };
    const input = { name: "Order", config: { input_guardrails: [checks] } };
    const { saved } = await parts.configs.create(defaultProjectId, input, actor);
    const turned = { input_guardrails: [Object.fromEntries(Object.entries(checks).toReversed())] };
    expect(await parts.configs.differs(saved, turned)).toBe(true);
    const { saved: last } = await parts.configs.update(saved.id, { config: turned }, actor);
    expect(JSON.stringify(last.config)).toBe(JSON.stringify(turned));
    await parts.gatewayKeys.close();
  });
});
