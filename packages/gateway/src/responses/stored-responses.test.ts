import { expect, test } from "vitest";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { itemsUpTo, storeResponse, type ConversationEnd } from "./stored-responses.ts";

onBothEngines((house) => {
  test("a conversation is read back however many items a request of it had", async () => {
    const store = await house.open();
    const given = {
      projectId: defaultProjectId,
      keyId: undefined,
      callId: "call_1",
      model: "a-model",
      at: 1,
      pairs: [],
    };
    const count = 200_000;
    const first: ConversationEnd = { id: "resp_1", turn: 1, bytes: 1 };
    const input = Array.from({ length: count }, () => "a");
    await storeResponse(store, { ...given, id: first.id, previous: undefined, response: { output: ["b"] }, input });
    await storeResponse(store, { ...given, id: "resp_2", previous: first, response: { output: ["d"] }, input: ["c"] });
    const items = await itemsUpTo(store, defaultProjectId, { id: "resp_2", turn: 2 });
    expect([items.length, items.slice(count - 1)]).toEqual([count + 3, ["a", "b", "c", "d"]]);
  });
});
