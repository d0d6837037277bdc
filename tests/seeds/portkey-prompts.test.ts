/** Portkey's page: prompts from its Prompt Library, with its own SDK. */
import { Portkey } from "portkey-ai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, modelCalls } from "../support/seen.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test("P20 a prompt is created, versioned, published, rendered, and completed", async () => {
  const portkey = new Portkey({ apiKey: house.key, baseURL: house.baseUrl });
  const string = JSON.stringify([{ role: "user", content: "Say {{word}}" }]);
  const fields = { collection_id: "", parameters: { max_tokens: 50 }, model: "us.amazon.nova-lite-v1:0" };
  const { slug } = (await portkey.prompts.create({ name: "Say", string, ...fields })) as unknown as { slug: string };
  await portkey.prompts.update(slug, { string: string.replace("Say", "Shout") });
  const promptID = slug;
  const variables = { word: '"gold"' };
  const said = async (id: string): Promise<unknown> =>
    (await portkey.prompts.render({ promptID: id, variables })).data.messages?.[0]?.content;
  expect([await said(slug), await said(`${slug}@latest`)]).toEqual(['Say "gold"', 'Shout "gold"']);
  await portkey.prompts.publish(slug, { version: 2 });
  const answer = await portkey.prompts.completions.create({ promptID, variables });
  expect(answer).toMatchObject({ object: "chat.completion" });
  const stream = await portkey.prompts.completions.create({ promptID: `${slug}@1`, variables, stream: true });
  for await (const chunk of stream) expect(chunk).toMatchObject({ object: "chat.completion.chunk" });
  expect(modelCalls(house.emulator).map(bodyOf)).toEqual(
    ["Shout", "Say"].map((verb) => ({
      messages: [{ role: "user", content: [{ text: `${verb} "gold"` }] }],
      inferenceConfig: { maxTokens: 50 },
    })),
  );
});
