/** Portkey's own SDK and its prompt library: saved, versioned, published, labelled, rendered, called (P20). */
import { Portkey } from "portkey-ai";
import { beforeEach, describe, expect, test } from "vitest";
import { bodyOf, onlyModelCall } from "../support/seen.ts";
import { adminKey, onBothEngines } from "./control.ts";

const nova = "us.amazon.nova-lite-v1:0";
const greeting = JSON.stringify([
  { role: "system", content: "You greet in {{language}}." },
  { role: "user", content: "Greet {{name}}." },
]);

interface Listed {
  data: Record<string, unknown>[];
  total: number;
}

onBothEngines((control) => {
  const client = (): Portkey => new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
  const folder = async (name: string): Promise<string> => {
    const made = (await client().collections.create({ name })) as { id: string };
    return made.id;
  };
  const save = async (name: string, more: object = {}): Promise<{ id: string; slug: string; version_id: string }> => {
    const fields = { name, collection_id: "", string: greeting, parameters: { max_tokens: 99 }, model: nova };
    return (await client().prompts.create({ ...fields, ...more })) as never;
  };
  beforeEach(() => control().emulator.clearRequests());

  test("saved, listed, read, changed, published, deleted", async () => {
    const portkey = client();
    const collection = await folder("Support");
    const made = await save("Welcome", { collection_id: collection, template_metadata: { owner: "ann" } });
    expect(made).toMatchObject({ slug: expect.stringMatching(/^pp-welcome-[0-9a-f]{6}$/) as string, object: "prompt" });
    const { slug } = made;
    expect(await portkey.prompts.retrieve(slug)).toMatchObject({
      id: made.id,
      name: "Welcome",
      string: greeting,
      parameters: { max_tokens: 99 },
      model: nova,
      prompt_version: 1,
      prompt_version_id: made.version_id,
      prompt_version_status: "active",
      template_metadata: { owner: "ann" },
    });
    const listed = (await portkey.prompts.list({ collection_id: collection })) as unknown as Listed;
    expect(listed).toMatchObject({ total: 1, data: [{ slug, collection_id: collection, model: nova }] });
    const changed = await portkey.prompts.update(slug, { string: '[{"role":"user","content":"Hi {{name}}"}]' });
    expect(changed).toMatchObject({ id: made.id, slug, prompt_version: 2 });
    expect(await portkey.prompts.retrieve(slug)).toMatchObject({ prompt_version: 1, string: greeting });
    expect(await portkey.prompts.retrieve(`${slug}@latest`)).toMatchObject({ prompt_version: 2 });
    await portkey.prompts.publish(slug, { version: 2 });
    // What the change did not name stayed.
    expect(await portkey.prompts.retrieve(slug)).toMatchObject({ prompt_version: 2, parameters: { max_tokens: 99 } });
    const versions = (await portkey.prompts.versions.list(slug)) as Listed;
    expect(versions.data.map((version) => [version["prompt_version"], version["prompt_version_status"]])).toEqual([
      [2, "active"],
      [1, "archived"],
    ]);
    expect(await portkey.prompts.versions.retrieve(slug, made.version_id)).toMatchObject({ prompt_version: 1 });
    // Whoever names one version does not mean all of them.
    for (const path of [`/v1/prompts/${slug}@1`, "/v1/prompts/partials/pp-none@1"]) {
      expect((await control().ask("DELETE", path)).body).toMatchObject({ error: { code: "invalid_value" } });
    }
    await portkey.prompts.delete(slug);
    await expect(portkey.prompts.retrieve(slug)).rejects.toMatchObject({ status: 404 });
    await expect(portkey.prompts.completions.create({ promptID: slug, variables: {} })).rejects.toMatchObject({
      status: 404,
    });
  });

  test("rendered: what is sent to the model, and nothing is", async () => {
    const { slug } = await save("Rendered");
    const rendered = await client().prompts.render({
      promptID: slug,
      variables: { name: 'Ann "A" \\ \n', language: "Latin" },
      temperature: 0.3,
    });
    expect(rendered).toMatchObject({ success: true });
    expect(rendered.data).toEqual({
      model: nova,
      max_tokens: 99,
      temperature: 0.3,
      messages: [
        { role: "system", content: "You greet in Latin." },
        { role: "user", content: 'Greet Ann "A" \\ \n.' },
      ],
    });
    expect(control().emulator.requests).toEqual([]);
  });

  test("called, whole: variables filled, parameters stored, the body's own over them", async () => {
    const { slug } = await save("Called");
    const answer = await client().prompts.completions.create({
      promptID: slug,
      variables: { name: "Ann", language: "Latin" },
      temperature: 0.5,
    });
    expect(answer).toMatchObject({ object: "chat.completion", model: nova, choices: [{ finish_reason: "end_turn" }] });
    const seen = bodyOf(onlyModelCall(control().emulator));
    expect(seen).toEqual({
      system: [{ text: "You greet in Latin." }],
      messages: [{ role: "user", content: [{ text: "Greet Ann." }] }],
      inferenceConfig: { maxTokens: 99, temperature: 0.5 },
    });
  });

  test("called as a stream", async () => {
    const { slug } = await save("Streamed", { parameters: { max_tokens: 99, stream: false } });
    const stream = await client().prompts.completions.create({
      promptID: slug,
      variables: { name: "Ann", language: "Latin" },
      stream: true,
    });
    let text = "";
    let finish: unknown;
    for await (const chunk of stream) {
      const [choice] = chunk["choices"] as { delta: { content?: string }; finish_reason: unknown }[];
      text += choice?.delta.content ?? "";
      finish = choice?.finish_reason ?? finish;
    }
    expect(text).not.toBe("");
    // The SDK asks for answers that are not strict: AWS's own reasons.
    expect(finish).toBe("end_turn");
    expect(onlyModelCall(control().emulator).operation).toBe("ConverseStream");
  });

  test("selectors: the published version, a number, latest, a label that is moved", async () => {
    const portkey = client();
    const { slug, version_id: first } = await save("Selected", { string: "one" });
    const second = await portkey.prompts.update(slug, { string: "two" });
    const said = async (reference: string): Promise<unknown> => {
      const { data } = await portkey.prompts.render({ promptID: reference, variables: {} });
      return data.messages?.[0]?.content;
    };
    expect(await Promise.all(["", "@1", "@2", "@latest", "@published"].map((each) => said(slug + each)))).toEqual([
      "one",
      "one",
      "two",
      "two",
      "one",
    ]);
    const labels = (await portkey.labels.list()) as Listed;
    expect(labels.data.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["production", "staging", "development"]),
    );
    const staging = labels.data.find(({ name }) => name === "staging")?.["id"] as string;
    await expect(said(`${slug}@staging`)).rejects.toMatchObject({ status: 404 });
    await portkey.prompts.versions.update(slug, first, { label_id: staging });
    expect(await said(`${slug}@staging`)).toBe("one");
    await portkey.prompts.versions.update(slug, second["prompt_version_id"] as string, { label_id: staging });
    expect(await said(`${slug}@staging`)).toBe("two");
    expect(await said(`${slug}%40staging`)).toBe("two");
    const made = (await portkey.labels.create({ name: `canary-${slug}` })) as { id: string };
    await portkey.prompts.versions.update(slug, first, { label_id: made.id });
    expect(await said(`${slug}@canary-${slug}`)).toBe("one");
    await portkey.labels.update(made.id, { description: "For a tenth" });
    expect(await portkey.labels.retrieve(made.id)).toMatchObject({ description: "For a tenth", is_universal: false });
    await portkey.labels.delete(made.id);
    await expect(said(`${slug}@canary-${slug}`)).rejects.toMatchObject({ status: 404 });
    await expect(portkey.labels.delete(staging)).rejects.toMatchObject({ status: 403 });
    await portkey.prompts.publish(slug, { version: 2 });
    expect(await said(slug)).toBe("two");
  });

  test("partials: with versions, pinned or not, and by a variable", async () => {
    const portkey = client();
    const tone = (await portkey.prompts.partials.create({ name: "Tone", string: 'Be "{{mood}}".' })) as unknown as {
      id: string;
      slug: string;
    };
    const list = JSON.stringify([
      { role: "user", content: `{{>${tone.slug}}} / {{>${tone.slug}@1}} / {{>>which}} / {{>${tone.slug}@latest}}` },
    ]);
    const { slug } = await save("With partials", { string: list });
    const said = async (): Promise<unknown> => {
      const variables = { mood: 'kind\n"', which: tone.slug };
      return (await portkey.prompts.render({ promptID: slug, variables })).data.messages?.[0]?.content;
    };
    const kind = 'Be "kind\n"".';
    expect(await said()).toBe([kind, kind, kind, kind].join(" / "));
    const changed = (await portkey.prompts.partials.update(tone.slug, { string: "Be brief." })) as object;
    expect(changed).toMatchObject({ id: tone.id, version: 2 });
    expect(await said()).toBe([kind, kind, kind, "Be brief."].join(" / "));
    await portkey.prompts.partials.publish(tone.slug, { version: 2 });
    expect(await said()).toBe(["Be brief.", kind, "Be brief.", "Be brief."].join(" / "));
    expect(await portkey.prompts.partials.retrieve(tone.slug)).toMatchObject({ version: 2, string: "Be brief." });
    expect((await portkey.prompts.partials.versions.list(tone.slug)) as Listed).toMatchObject({ total: 2 });
    expect(((await portkey.prompts.partials.list()) as Listed).data.map((each) => each["slug"])).toContain(tone.slug);
    await expect(portkey.prompts.partials.delete(tone.slug)).rejects.toMatchObject({ status: 409 });
    await expect(portkey.prompts.render({ promptID: slug, variables: {} })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("Missing variable partials: which") as string,
    });
    await expect(portkey.prompts.render({ promptID: slug, variables: { which: "pp-nowhere" } })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("Missing prompt partials: pp-nowhere") as string,
    });
    await portkey.prompts.delete(slug);
    await portkey.prompts.partials.delete(tone.slug);
    await expect(portkey.prompts.partials.retrieve(tone.slug)).rejects.toMatchObject({ status: 404 });
  });

  test("collections: in one another, renamed, deleted when they are empty", async () => {
    const portkey = client();
    const outer = await folder("Outer");
    const inner = (await portkey.collections.create({ name: "Inner", parent_collection_id: outer })) as { id: string };
    await portkey.collections.update(inner.id, { name: "Renamed" });
    expect(await portkey.collections.retrieve(inner.id)).toMatchObject({
      name: "Renamed",
      parent_collection_id: outer,
    });
    expect(((await portkey.collections.list({ search: "renamed" })) as Listed).data.map(({ id }) => id)).toEqual([
      inner.id,
    ]);
    const { slug } = await save("Inside", { collection_id: inner.id });
    await expect(portkey.collections.delete(outer)).rejects.toMatchObject({ status: 409 });
    await expect(portkey.collections.delete(inner.id)).rejects.toMatchObject({ status: 409 });
    await portkey.prompts.delete(slug);
    await portkey.collections.delete(inner.id);
    await portkey.collections.delete(outer);
    await expect(portkey.collections.retrieve(outer)).rejects.toMatchObject({ status: 404 });
  });

  test("sections over messages, where the template is JSON only once it is filled", async () => {
    const string = `[{{#rules}}{"role":"system","content":"{{rules}}"},{{/rules}}{{#turns}}{"role":"{{who}}","content":"{{text}}"},{{/turns}}
      {"role":"user","content":[{"type":"text","text":"{{question}}"}{{#picture}},{"type":"image_url","image_url":{"url":"{{picture}}"}}{{/picture}}]}]`;
    const { slug } = await save("Raw", { string, is_raw_template: 1 });
    const turns = [
      { who: "user", text: 'Say "{{x}}"' },
      { who: "assistant", text: "x" },
    ];
    const render = async (variables: object): Promise<unknown> =>
      (await client().prompts.render({ promptID: slug, variables: variables as never })).data.messages;
    expect(await render({ question: "And?", turns })).toEqual([
      { role: "user", content: 'Say "{{x}}"' },
      { role: "assistant", content: "x" },
      { role: "user", content: [{ type: "text", text: "And?" }] },
    ]);
    const picture = "data:image/png;base64,iVBORw0KGgo=";
    expect(await render({ question: "And?", rules: "Be kind.", picture })).toEqual([
      { role: "system", content: "Be kind." },
      {
        role: "user",
        content: [
          { type: "text", text: "And?" },
          { type: "image_url", image_url: { url: picture } },
        ],
      },
    ]);
  });

  test("tools and how they are chosen are stored too", async () => {
    const tool = { type: "function", function: { name: "find", parameters: { type: "object", properties: {} } } };
    const { slug } = await save("Tools", { string: "Find {{it}}", tools: [tool], tool_choice: "required" });
    await client().prompts.completions.create({ promptID: slug, variables: { it: "gold" } });
    expect(bodyOf(onlyModelCall(control().emulator)).toolConfig).toMatchObject({
      tools: [{ toolSpec: { name: "find" } }],
      toolChoice: { any: {} },
    });
  });

  describe("by a gateway key", () => {
    test("completions.write calls prompts, prompts.render renders them, and neither reads nor writes them", async () => {
      const { slug } = await save("Keyed", { string: "Hi" });
      const key = async (scope: string): Promise<Portkey> => {
        const terms = { type: "workspace" as const, "sub-type": "service" as const, name: scope, scopes: [scope] };
        return new Portkey({ apiKey: (await client().apiKeys.create(terms)).key ?? "", baseURL: control().baseUrl });
      };
      const [caller, renderer] = [await key("completions.write"), await key("prompts.render")];
      expect(await caller.prompts.completions.create({ promptID: slug })).toMatchObject({ object: "chat.completion" });
      await expect(caller.prompts.render({ promptID: slug })).rejects.toMatchObject({ status: 403 });
      await expect(caller.prompts.retrieve(slug)).rejects.toMatchObject({ status: 403 });
      expect(await renderer.prompts.render({ promptID: slug })).toMatchObject({ success: true });
      await expect(renderer.prompts.completions.create({ promptID: slug })).rejects.toMatchObject({ status: 403 });
      await expect(renderer.prompts.update(slug, { string: "Ho" })).rejects.toMatchObject({ status: 403 });
    });
  });
});
