/** Prompts by `adit apply`: what the file says is published, drafts are left alone, the same file twice changes nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openChangeParts } from "../open-parts.ts";
import { readSettings } from "../../settings.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { onBothEngines, type House } from "../../store/testing/engines.ts";
import { partsWithin, type ChangeParts } from "../parts.ts";
import { apply } from "./apply.ts";
import { readApplyFile } from "./apply-file.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-apply-prompts-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const whole = `
version: 1
projects:
  - slug: default
    prompt_collections:
      - name: Support
      - { name: Letters, parent: Support }
    prompt_labels:
      - { name: canary, description: A tenth }
    prompt_partials:
      - { slug: pp-tone, name: Tone, string: "Be {{mood}}." }
    prompts:
      - slug: pp-welcome
        name: Welcome
        collection: Letters
        string:
          - { role: system, content: "{{>pp-tone}}" }
          - { role: user, content: "Greet {{name}}." }
        model: amazon.nova-lite-v1:0
        parameters: { max_tokens: 200, temperature: 0.5 }
        labels: [staging, canary]
    configs:
      - { slug: pc-prompts, name: By prompts, config: { prompt_id: pp-welcome@canary } }
`;

onBothEngines((house: House) => {
  async function open(): Promise<{ parts: ChangeParts; run: (text: string) => Promise<string[]> }> {
    const store = await house.open();
    const parts = await openChangeParts(store, readSettings({ ADIT_DATA_DIR: dataDir }));
    const run = async (text: string): Promise<string[]> => {
      const steps = await store.writeAlone((writing) =>
        apply(readApplyFile(text, {}), partsWithin(parts, writing), { kind: "command" }),
      );
      return steps.map(({ action, kind, name, fields }) => [action, kind, name, ...fields].join(" "));
    };
    return { parts, run };
  }
  const version = async (parts: ChangeParts, selector: Parameters<ChangeParts["prompts"]["version"]>[1]) => {
    const prompt = await parts.prompts.find(defaultProjectId, "pp-welcome");
    return parts.prompts.version(prompt?.id ?? "", selector);
  };

  test("the first time makes all, the second changes nothing", async () => {
    const { parts, run } = await open();
    expect(await run(whole)).toEqual([
      "keep project default",
      "create collection default/Support",
      "create collection default/Letters",
      "create label default/canary",
      "create partial default/pp-tone",
      "create prompt default/pp-welcome",
      "create config default/pc-prompts",
    ]);
    const found = await version(parts, { kind: "published" });
    expect(found?.labels.map(({ name }) => name).toSorted()).toEqual(["canary", "staging"]);
    expect((await run(whole)).filter((line) => !line.startsWith("keep"))).toEqual([]);
    // The order of members says nothing.
    const turned = whole.replace("max_tokens: 200, temperature: 0.5", "temperature: 0.5, max_tokens: 200");
    expect((await run(turned)).filter((line) => !line.startsWith("keep"))).toEqual([]);
  });

  test("what is different is a version, published, and labels follow it", async () => {
    const { parts, run } = await open();
    await run(whole);
    const changed = whole
      .replace("Greet {{name}}.", "Hail {{name}}.")
      .replace("A tenth", "A fifth")
      .replace("Be {{", "Stay {{");
    expect((await run(changed)).filter((line) => !line.startsWith("keep"))).toEqual([
      "update label default/canary description",
      "update partial default/pp-tone string",
      "update prompt default/pp-welcome string labels",
    ]);
    const found = await version(parts, { kind: "label", label: "canary" });
    expect(found).toMatchObject({ version: 2, content: { string: expect.stringContaining("Hail") as string } });
    expect((await parts.partials.find(defaultProjectId, "pp-tone"))?.publishedVersion).toBe(2);
  });

  test("a draft is left alone, and says nothing in what is published", async () => {
    const { parts, run } = await open();
    await run(whole);
    const prompt = await parts.prompts.find(defaultProjectId, "pp-welcome");
    const draft = { content: { toolChoice: "auto", parameters: { top_p: 0.1 } } };
    await parts.prompts.update(prompt?.id ?? "", draft, { kind: "command" });
    expect((await run(whole)).filter((line) => !line.startsWith("keep"))).toEqual([]);
    expect(await version(parts, { kind: "latest" })).toMatchObject({ version: 2, content: draft.content });
    await run(whole.replace("Greet", "Hail"));
    const published = await version(parts, { kind: "published" });
    expect(published).toMatchObject({ version: 3, content: { parameters: { max_tokens: 200, temperature: 0.5 } } });
    expect(published?.content.toolChoice).toBeUndefined();
  });

  test.each([
    ["collection: Letters", "collection: Letter", "projects[0].prompts[0].collection"],
    ["parent: Support", "parent: Suport", "projects[0].prompt_collections[1].parent"],
    ["[staging, canary]", "[staging, canry]", "projects[0].prompts[0].labels[1]"],
    ["{{>pp-tone}}", "{{>pp-tune}}", "projects[0].prompts[0].string"],
    ["max_tokens: 200", "max_tokens: many", "projects[0].prompts[0].parameters.max_tokens"],
    ["pp-welcome@canary", "pp-welcom@canary", "projects[0].configs[0].config.prompt_id"],
  ])("%j as %j is named by its path, and leaves nothing", async (before, after, param) => {
    const { parts, run } = await open();
    await expect(run(whole.replace(before, after))).rejects.toMatchObject({ param });
    expect(await parts.prompts.find(defaultProjectId, "pp-welcome")).toBeUndefined();
    expect(await parts.promptCollections.list(defaultProjectId, { limit: 9 })).toEqual([]);
  });
});
