/** Prompts in the store: what two gateways on one database know of them, what travels, what stays whole. */
import { AditError } from "@adit/bedrock";
import { expect, test } from "vitest";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import type { Store } from "../store/store.ts";
import type { StoreAccess } from "../store/within.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { addProject } from "../store/testing/projects.ts";
import { until } from "../store/testing/until.ts";
import { exportLines, importLines } from "../store/transfer.ts";
import { PromptCollections } from "./collections.ts";
import { PromptLabels } from "./labels.ts";
import { PromptPartials } from "./partials.ts";
import { promptedCall } from "./prompted-call.ts";
import { wishOfPath } from "./prompt-wish.ts";
import { Prompts } from "./prompts.ts";
import { promptSourceOf } from "./stored-prompts.ts";

const actor = { kind: "admin_key" as const };
const content = {
  string: "one {{>pp-tone}}",
  isRaw: false,
  parameters: { max_tokens: 5 },
  model: "amazon.nova-lite-v1:0",
};

/** A gateway's prompts, and what a call by them would send. */
function gatewayOn(store: StoreAccess) {
  const [prompts, partials, labels] = [new Prompts(store), new PromptPartials(store), new PromptLabels(store)];
  const source = promptSourceOf({ prompts, partials });
  const said = async (reference: string, projectId = defaultProjectId): Promise<unknown> => {
    try {
      const { body } = await promptedCall(wishOfPath(reference, {}), projectId, source);
      return (body["messages"] as { content: unknown }[])[0]?.content;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  return { prompts, partials, labels, collections: new PromptCollections(store), said };
}

async function allLines(store: Store): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLines(store)) lines.push(line);
  return lines;
}

onBothEngines((house) => {
  test("partials that lead to themselves, or to a version that is not there, are refused when they are saved", async () => {
    const { partials, prompts } = gatewayOn(await house.open());
    const save = (slug: string, template: string) =>
      partials.create(defaultProjectId, { name: slug, slug, template }, actor);
    const refused = (words: string) =>
      expect.objectContaining({
        code: "invalid_request",
        param: "string",
        message: expect.stringContaining(words) as string,
      });
    const tone = await save("pp-one", "kind");
    await save("pp-two", "{{>pp-one}}");
    await expect(save("pp-self", "a {{>pp-self}}")).rejects.toEqual(refused("leads to itself"));
    for (const template of ["{{>pp-two}}", "{{>pp-one@latest}}", "{{>pp-one}}"]) {
      await expect(partials.update(tone.id, { template }, actor)).rejects.toEqual(refused("leads to itself"));
    }
    // It ends with its data.
    await partials.update(tone.id, { template: "{{#below}}{{>pp-two}}{{/below}}" }, actor);
    await partials.publish(tone.id, 2, actor);
    for (const string of ["{{>pp-one@9}}", "{{>pp-one@a-label}}"]) {
      await expect(save("pp-three", string)).rejects.toEqual(refused("no version"));
      const prompt = { name: "Three", slug: "pp-prompt", content: { ...content, string } };
      await expect(prompts.create(defaultProjectId, prompt, actor)).rejects.toEqual(refused("no version"));
    }
    // A version that was well when it was saved, and is not any more when it is published.
    const first = await save("pp-first", "plain");
    const second = await save("pp-second", "plain");
    await partials.update(first.id, { template: "{{>pp-second}}" }, actor);
    await partials.update(second.id, { template: "{{>pp-first}}" }, actor);
    await partials.publish(first.id, 2, actor);
    await expect(partials.publish(second.id, 2, actor)).rejects.toEqual(refused("leads to itself"));
  });

  test("another gateway knows of every change that its memory has an older state of", async () => {
    const location = await house.newLocation();
    const [one, other] = [gatewayOn(await house.open(location)), gatewayOn(await house.open(location))];
    const tone = await one.partials.create(
      defaultProjectId,
      { name: "Tone", slug: "pp-tone", template: "kind" },
      actor,
    );
    const { id } = await one.prompts.create(defaultProjectId, { name: "A", slug: "pp-a", content }, actor);
    const saysElsewhere = async (reference: string, expected: unknown) => {
      // Both answer from memory afterwards.
      await until(async () => (await other.said(reference)) === expected);
      expect(await one.said(reference)).toBe(expected);
    };
    await saysElsewhere("pp-a", "one kind");
    await saysElsewhere("pp-a@latest", "one kind");
    await one.prompts.update(id, { content: { string: "two" } }, actor);
    await saysElsewhere("pp-a@latest", "two");
    await saysElsewhere("pp-a", "one kind");
    await one.prompts.publish(id, 2, actor);
    await saysElsewhere("pp-a", "two");
    await saysElsewhere("pp-a@1", "one kind");
    await one.partials.update(tone.id, { template: "brief" }, actor);
    await one.partials.publish(tone.id, 2, actor);
    await saysElsewhere("pp-a@1", "one brief");

    const label = await one.labels.create(defaultProjectId, { name: "canary" }, actor);
    await saysElsewhere("pp-a@canary", "not_found");
    for (const [version, expected] of [
      [1, "one brief"],
      [2, "two"],
    ] as const) {
      const found = await one.prompts.version(id, { kind: "version", version });
      if (found !== undefined) await one.prompts.label(found, label.id, actor);
      await saysElsewhere("pp-a@canary", expected);
    }
    await one.labels.update(label.id, { name: "robin" }, actor);
    await saysElsewhere("pp-a@robin", "two");
    await saysElsewhere("pp-a@canary", "not_found");
    await one.labels.remove(label.id, actor);
    await saysElsewhere("pp-a@robin", "not_found");
    await one.prompts.remove(id, actor);
    for (const reference of ["pp-a", "pp-a@1", "pp-a@latest", id]) await saysElsewhere(reference, "not_found");
  });

  test("the store is asked once for a version, however it is spelt", async () => {
    const store = await house.open();
    let reads = 0;
    const counting: StoreAccess = {
      engine: store.engine,
      clock: store.clock,
      deafSince: undefined,
      isAway: false,
      write: (change) => store.write(change),
      onChange: (kind, listener) => store.onChange(kind, listener),
      snapshot: (read) => store.snapshot(read),
      read: (query) => {
        reads += 1;
        return store.read(query);
      },
    };
    const { prompts } = gatewayOn(counting);
    await prompts.create(defaultProjectId, { name: "A", slug: "pp-a", content: { ...content, string: "x" } }, actor);
    reads = 0;
    for (const reference of ["pp-a@1", "pp-a@01", "pp-a@000000001", "pp-a@1"]) {
      expect((await prompts.findReady(reference, defaultProjectId))?.version).toBe(1);
    }
    // Word of the change itself may come between them, once.
    expect(reads).toBeLessThan(3);
    const before = reads;
    for (const reference of ["a\0b", "pp-a@\0", "x".repeat(70), "-", "", "@1", "pp a", `pp-a@${"9".repeat(300)}`]) {
      expect(await prompts.findReady(reference, defaultProjectId)).toBeUndefined();
    }
    expect(reads).toBe(before);
  });

  test("an export has all of them, and another store calls them as the first", async () => {
    const [from, to] = [await house.open(), await house.open()];
    const one = gatewayOn(from);
    const collection = await one.collections.create(defaultProjectId, { name: "Outer" }, actor);
    const inner = await one.collections.create(defaultProjectId, { name: "Inner", parentId: collection.id }, actor);
    await one.partials.create(defaultProjectId, { name: "Tone", slug: "pp-tone", template: "kind" }, actor);
    const label = await one.labels.create(defaultProjectId, { name: "canary" }, actor);
    const input = { name: "A", slug: "pp-a", collectionId: inner.id, content };
    const { id } = await one.prompts.create(defaultProjectId, input, actor);
    await one.prompts.update(id, { content: { string: "two" } }, actor);
    const second = await one.prompts.version(id, { kind: "latest" });
    if (second !== undefined) await one.prompts.label(second, label.id, actor);
    const other = gatewayOn(to);
    expect(await other.said("pp-a")).toBe("not_found");
    const lines = await allLines(from);
    await importLines(to, lines);
    expect(await Promise.all(["pp-a", "pp-a@canary", "pp-a@latest"].map((each) => other.said(each)))).toEqual([
      "one kind",
      "two",
      "two",
    ]);
    expect((await other.prompts.find(defaultProjectId, "pp-a"))?.collectionId).toBe(inner.id);
    // That it was imported stands in the audit log of the new one alone.
    const imported = (await allLines(to)).filter((line) => !line.includes('"store.import"'));
    expect(imported.slice(1)).toEqual(lines.slice(1));
  });

  test("slugs and names do not take the place of ids, and are of one project", async () => {
    const store = await house.open();
    const here = gatewayOn(store);
    const elsewhere = await store.write(addProject("elsewhere"));
    const plain = { ...content, string: "x" };
    const { id } = await here.prompts.create(defaultProjectId, { name: "A", slug: "pp-a", content: plain }, actor);
    const as = (slug: string) => here.prompts.create(elsewhere, { name: "A", slug, content: plain }, actor);
    await expect(as(id)).rejects.toMatchObject({ code: "invalid_request", param: "slug" });
    const canary = await here.labels.create(defaultProjectId, { name: "canary" }, actor);
    await expect(here.labels.create(defaultProjectId, { name: canary.id }, actor)).rejects.toMatchObject({
      param: "name",
    });
    for (const name of ["canary", "staging", "12", "latest", "published", "a b", "", "x".repeat(65)]) {
      await expect(here.labels.create(defaultProjectId, { name }, actor), name).rejects.toMatchObject({
        param: "name",
      });
    }
    // Another project's label has the same name, and is not found by it.
    await here.labels.create(elsewhere, { name: "canary" }, actor);
    expect(await here.said("pp-a@canary")).toBe("not_found");
    expect(await here.said("pp-a", elsewhere)).toBe("not_found");
    const theirs = await as("pp-a");
    await expect(as("pp-a")).rejects.toMatchObject({ code: "already_exists", param: "slug" });
    expect((await here.prompts.findReady("pp-a", elsewhere))?.id).toBe(theirs.id);
    expect((await here.prompts.findReady("pp-a", defaultProjectId))?.id).toBe(id);
    expect(await here.prompts.findReady(id, elsewhere)).toBeUndefined();
    expect(await here.prompts.find(elsewhere, id)).toBeUndefined();
    const template = "x";
    const partial = await here.partials.create(elsewhere, { name: "P", slug: "pp-p", template }, actor);
    await here.partials.create(defaultProjectId, { name: "P", slug: "pp-p", template: "y" }, actor);
    expect(await here.partials.findTemplate(partial.id, defaultProjectId)).toBeUndefined();
    for (const projectId of [elsewhere, defaultProjectId]) {
      expect((await here.partials.find(projectId, "pp-p"))?.projectId).toBe(projectId);
      expect(await here.partials.findTemplate("pp-p", projectId)).toBeDefined();
    }
  });

  test("a change that fails leaves no version behind", async () => {
    const here = gatewayOn(await house.open());
    const plain = { ...content, string: "x" };
    const { id } = await here.prompts.create(defaultProjectId, { name: "A", slug: "pp-a", content: plain }, actor);
    const faults = [
      { content: { string: "{{#a}}" } },
      { content: { parameters: { max_tokens: "many" } } },
      { content: { string: "{{>pp-lost}}" } },
      { content: { virtualKey: "lost" } },
      { content: { string: "y" }, name: "" },
      { content: { string: "y" }, collectionId: "col_lost" },
    ];
    for (const fault of faults) {
      const refusal = await here.prompts.update(id, fault, actor).catch((error: unknown) => error);
      expect(AditError.isInstance(refusal), JSON.stringify(fault)).toBe(true);
    }
    expect(await here.prompts.versions(id)).toHaveLength(1);
    expect(await here.prompts.find(defaultProjectId, "pp-a")).toMatchObject({ currentVersion: 1, name: "A" });
    // The same words again are no other version.
    await here.prompts.update(id, { content: { parameters: { max_tokens: 5 }, string: "x" } }, actor);
    expect(await here.prompts.versions(id)).toHaveLength(1);
  });
});
