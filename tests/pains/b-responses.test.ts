/** Clients that speak Responses alone (Codex), on models of every kind. What Codex itself sends is in tests/clients/codex.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { readEvents } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse({ variables: ({ url }) => ({ ADIT_ENDPOINT_URL_MANTLE: url }) });
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

describe("B29 Responses are served for", () => {
  test.each([
    ["a model of Converse alone", nova, "Converse", `/model/${encodeURIComponent(nova)}/converse`],
    ["Claude", claude.sonnet45, "Converse", `/model/${encodeURIComponent(claude.sonnet45)}/converse`],
    ["an open model", "qwen.qwen3-32b-v1:0", "Converse", "/model/qwen.qwen3-32b-v1%3A0/converse"],
    [
      "a model that AWS serves in this format alone, at its path",
      "openai.gpt-5.5",
      "MantleResponses",
      "/openai/v1/responses",
    ],
    ["one that has another path there", "openai.gpt-oss-20b", "MantleResponses", "/v1/responses"],
  ])("B29 %s", async (_name, model, operation, path) => {
    const whole = await house.post("/v1/responses", { model, input: "Good morning", store: false });
    expect(await whole.clone().text()).toContain("Good morning");
    expect(whole.status).toBe(200);
    expect(house.emulator.requests.at(-1)).toMatchObject({ operation, path, status: 200 });
    const events = await readEvents(
      await house.post("/v1/responses", { model, input: "Good morning", store: false, stream: true }),
    );
    // AWS's own endpoint gives events without a name: clients go by the type.
    const types = events.map(({ data }) => (JSON.parse(data) as { type: string }).type);
    expect([types[0], types.at(-1)]).toEqual(["response.created", "response.completed"]);
    expect(events.at(-1)?.data).toContain("Good morning");
  });
});
