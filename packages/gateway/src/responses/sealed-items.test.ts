import { AditError, type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { CallerHeaders } from "../http/request/caller-headers.ts";
import type { Incoming } from "../http/routes/route.ts";
import { ContentKeeper } from "../ledger/content/content-keeper.ts";
import { principal } from "../routing/testing/request.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import type { Store } from "../store/store.ts";
import type { StoreAccess } from "../store/within.ts";
import { ResponseTurn } from "./response-turn.ts";
import { sealItems, unsealItems } from "./sealed-items.ts";

const owner = { projectId: defaultProjectId, keyId: undefined, callId: "call_1", at: 1_000 };
const message = { id: "msg_5f0c_0", type: "message", content: [{ type: "output_text", text: "The word is heron." }] };
const call = { id: "fc_5f0c_1", type: "function_call", name: "look", arguments: '{"bird":"heron"}' };

onBothEngines((house) => {
  test("items come back by their ids, to their project alone; the database has neither the ids nor a word", async () => {
    const store = await house.open();
    const given = {
      ...owner,
      model: "a-model",
      pairs: [["person", "ada"]] as const,
      output: [message, call, { id: 1 }],
    };
    await sealItems(store, given);
    await sealItems(store, given);
    const found = await unsealItems(store, owner.projectId, [call.id, message.id, "msg_5f0c_2"]);
    expect(Object.fromEntries(found)).toEqual({ [message.id]: message, [call.id]: call });
    expect(await unsealItems(store, "another", [message.id])).toEqual(new Map());
    const rows = await store.read((db) => db.selectFrom("storedResponses").selectAll().execute());
    expect(rows).toHaveLength(2);
    const bytes = rows
      .map(({ content, ...row }) => JSON.stringify(row) + Buffer.from(content).toString("latin1"))
      .join("");
    for (const secret of ["heron", "5f0c", "ada"]) expect(bytes).not.toContain(secret);
  });
});

onBothEngines((house) => {
  test("as many items come back as an answer has, with as many pairs as a call has", async () => {
    const store = await house.open();
    const output = Array.from({ length: 1_100 }, (_, index) => ({ id: `msg_7a_${index}`, type: "message" }));
    const pairs = Array.from({ length: 20 }, (_, index) => [`name-${index}`, "x"] as const);
    await sealItems(store, { ...owner, model: "a-model", pairs, output });
    const ids = [0, 499, 500, 1_099].map((index) => `msg_7a_${index}`);
    expect((await unsealItems(store, owner.projectId, ids)).size).toBe(ids.length);
    const { count } = await store.read((db) =>
      db
        .selectFrom("storedResponsePairs")
        .select((row) => row.fn.countAll().as("count"))
        .executeTakeFirstOrThrow(),
    );
    expect(Number(count)).toBe(22_000);
  });
});

describe("a database that is away", () => {
  const away = { write: () => Promise.reject(new AditError("store_unavailable", "Away.")) } as unknown as StoreAccess;
  const response = { id: "resp_1", object: "response", status: "completed", store: false, output: [message] };
  const whole = (stores: boolean): Promise<unknown> => {
    const written: JsonObject = { model: "a-model", input: "Which word?", ...(stores && { store: true }) };
    const turn = new ResponseTurn({
      store: away,
      owner,
      reply: { started: true } as never,
      written,
      bytes: Buffer.from(JSON.stringify(written)),
      previous: undefined,
      earlier: [],
      stores,
      seals: !stores,
      onFault: () => expect.unreachable(),
    });
    return turn.whole(response, { body: written, metadata: {}, isForeign: false });
  };

  test("costs nobody an answer, where nobody asked for its storing", async () => {
    expect(await whole(false)).toBe(response);
  });

  test("is not asked whether a response may be stored, where the project keeps none", async () => {
    const keeper = new ContentKeeper({ now: () => 0, random: () => 0, onFault: () => expect.unreachable() });
    const store = { onChange: () => {}, read: () => Promise.resolve([]) };
    await keeper.settings.follow(store as unknown as Store, () => expect.unreachable());
    keeper.attach(store as unknown as Store);
    store.read = () => Promise.reject(new AditError("store_unavailable", "Away."));
    const headers = new CallerHeaders({});
    expect(await keeper.mayStore({ headers } as Incoming, principal)).toBe(false);
  });

  test("fails what asked for it", async () => {
    await expect(whole(true)).rejects.toMatchObject({ code: "store_unavailable" });
  });
});
