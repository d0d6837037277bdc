import { expect, test } from "vitest";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { itemsUpTo, storeResponse } from "./stored-responses.ts";

const projectId = defaultProjectId;

onBothEngines((house) => {
  test("a conversation may have more items than a function takes arguments", { timeout: 60_000 }, async () => {
    const store = await house.open();
    const common = { projectId, keyId: undefined, callId: "call_1", model: "a-model", at: 1_000, pairs: [] };
    const input = Array.from({ length: 200_000 }, (_, index) => ({ role: "user", content: String(index) }));
    const output = [{ type: "message", content: "heard" }];
    await storeResponse(store, { ...common, id: "resp_1", previous: undefined, response: { output }, input });
    const previous = { id: "resp_1", turn: 1, bytes: 0 };
    await storeResponse(store, { ...common, id: "resp_2", previous, response: { output }, input: ["go on"] });
    const items = await itemsUpTo(store, projectId, { id: "resp_2", turn: 2 });
    expect(items).toHaveLength(200_003);
    expect(items.slice(-4)).toEqual([input.at(-1), ...output, "go on", ...output]);
  });

  test("a conversation that comes back to the id of a deleted response has an end", { timeout: 60_000 }, async () => {
    const store = await house.open();
    const common = { projectId, keyId: undefined, callId: "call_1", model: "a-model", at: 1_000, pairs: [] };
    const kept = { ...common, response: { output: [] }, input: ["hello"] };
    await storeResponse(store, { ...kept, id: "resp_b", previous: { id: "resp_a", turn: 1, bytes: 0 } });
    await storeResponse(store, { ...kept, id: "resp_a", previous: { id: "resp_b", turn: 2, bytes: 0 } });
    const broken = itemsUpTo(store, projectId, { id: "resp_a", turn: 3 });
    await expect(broken).rejects.toMatchObject({ code: "previous_response_not_found" });
  });
});
