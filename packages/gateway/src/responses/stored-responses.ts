/** The responses that are stored: kept, found, followed back through their conversation, taken away. All within one project. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { sql } from "kysely";
import { recordChange, type Actor } from "../store/audit.ts";
import type { StoreAccess } from "../store/within.ts";
import type { Pair } from "../ledger/content/body-pairs.ts";
import { addRows, packed, unpacked } from "./response-rows.ts";

/** As it is kept. */
type KeptForm = {
  form: 1;
  response: JsonObject;
  /** Of this response's own request, without those of earlier ones. */
  input: JsonValue[];
};

/** The end of a conversation: what the next response goes on from. */
export interface ConversationEnd {
  id: string;
  /** How many responses it has. */
  turn: number;
  /** Of all its items, as JSON. */
  bytes: number;
}

/** The form of a response's id: it stands in a path and in an index. */
export function isResponseId(id: unknown): id is string {
  return typeof id === "string" && /^[\w.:-]{1,200}$/.test(id);
}

export interface NewResponse {
  projectId: string;
  id: string;
  previous: ConversationEnd | undefined;
  keyId: string | undefined;
  callId: string;
  model: string;
  /** Arrival of the request, in milliseconds since 1970. */
  at: number;
  /** By which it is found when a person's data is to go. */
  pairs: readonly Pair[];
  /** Without secrets. */
  response: JsonObject;
  input: JsonValue[];
}

/** Resolves when it is kept. @throws AditError `store_unavailable`; `already_exists` where the project has one of this id */
export async function storeResponse(store: StoreAccess, given: NewResponse): Promise<void> {
  const { projectId, id, previous, pairs, response, input } = given;
  const kept: KeptForm = { form: 1, response, input };
  const content = await packed(kept);
  const row = {
    projectId,
    id,
    previousId: previous?.id ?? null,
    keyId: given.keyId ?? null,
    callId: given.callId,
    model: given.model,
    at: given.at,
    turn: (previous?.turn ?? 0) + 1,
    conversationBytes: (previous?.bytes ?? 0) + bytesOf(input) + bytesOf(response["output"] ?? []),
    storedBytes: content.length,
    content,
  };
  await store.write(async ({ db }) => {
    if ((await addRows(db, [row], pairs)) === 0) {
      throw new AditError("already_exists", "Another response is stored under this id.");
    }
  });
}

export function bytesOf(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The response as it was answered; undefined where the project has none of this id. */
export async function findResponse(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  id: string,
): Promise<JsonObject | undefined> {
  return (await keptForm(store, projectId, id))?.response;
}

async function keptForm(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  id: string,
): Promise<KeptForm | undefined> {
  if (!isResponseId(id)) return undefined;
  const row = await store.read((db) =>
    db
      .selectFrom("storedResponses")
      .select("content")
      .where("projectId", "=", projectId)
      .where("id", "=", id)
      .executeTakeFirst(),
  );
  return row === undefined ? undefined : keptIn(row.content);
}

/** Undefined where the project has none of this id. */
export async function findEnd(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  id: string,
): Promise<ConversationEnd | undefined> {
  if (!isResponseId(id)) return undefined;
  const row = await store.read((db) =>
    db
      .selectFrom("storedResponses")
      .select(["turn", "conversationBytes"])
      .where("projectId", "=", projectId)
      .where("id", "=", id)
      .executeTakeFirst(),
  );
  return row === undefined ? undefined : { id, turn: row.turn, bytes: row.conversationBytes };
}

/**
 * The items of a conversation in their order: of each response its input, then its output.
 * @throws AditError `previous_response_not_found` where an earlier response is not kept any more
 */
export async function itemsUpTo(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  end: Pick<ConversationEnd, "id" | "turn">,
): Promise<JsonValue[]> {
  const { earlier, last } = await partsUpTo(store, projectId, end).catch(asPrevious);
  const { response, input } = last;
  return [...earlier, ...input, ...outputOf(response)];
}

/** The same without the output of the last response: what that was made from. */
export async function inputUpTo(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  end: Pick<ConversationEnd, "id" | "turn">,
): Promise<JsonValue[]> {
  const { earlier, last } = await partsUpTo(store, projectId, end);
  return [...earlier, ...last.input];
}

interface LinkRow {
  id: string;
  previousId: string | null;
  content: Uint8Array;
}

async function partsUpTo(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  { id, turn }: Pick<ConversationEnd, "id" | "turn">,
): Promise<{ earlier: JsonValue[]; last: KeptForm }> {
  // Turns only fall, so that it ends: an upstream may give the id of a deleted response to one that goes on from those after it.
  const { rows } = await store.read((db) =>
    sql<LinkRow>`
      with recursive conversation (id, previous_id, turn) as (
        select id, previous_id, turn from stored_responses where project_id = ${projectId} and id = ${id}
        union all
        select one.id, one.previous_id, one.turn from stored_responses one
          join conversation on one.id = conversation.previous_id
          where one.project_id = ${projectId} and one.turn < conversation.turn
      )
      select one.id, one.previous_id, one.content from stored_responses one
        join conversation on one.id = conversation.id
        where one.project_id = ${projectId}
        order by conversation.turn`.execute(db),
  );
  const [first] = rows;
  const lastRow = rows.at(-1);
  if (first === undefined || lastRow === undefined) throw noSuchResponse(id);
  if (rows.length < turn) throw isBroken(id, first.previousId ?? "");
  // Put together at the end: an input may have more items than a call has room for arguments.
  const earlier: JsonValue[][] = [];
  for (const { content } of rows.slice(0, -1)) {
    const { response, input } = await keptIn(content);
    earlier.push(input, outputOf(response));
  }
  return { earlier: earlier.flat(), last: await keptIn(lastRow.content) };
}

function outputOf({ output }: JsonObject): JsonValue[] {
  return Array.isArray(output) ? output : [];
}

async function keptIn(content: Uint8Array): Promise<KeptForm> {
  return (await unpacked(content)) as KeptForm;
}

/** Of this gateway's items the ids hold the id of their response: `msg_RESPONSE_0`, and of its input `msg_RESPONSE_in_0`. */
const ownItem = /^[a-z_]+?_([\w.:-]{1,200}?)(?:_in)?_\d+$/;
/** None is longer; a text of megabytes is not looked through. */
const longestItemId = 300;

/** Items of stored responses by their ids, as far as they are stored. Once those have more than `mostBytes` as JSON no more are read. */
export async function itemsById(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  { ids, mostBytes }: { ids: readonly string[]; mostBytes: number },
): Promise<Map<string, JsonObject>> {
  const wanted = new Set(ids);
  const found = new Map<string, JsonObject>();
  const responses = new Set(
    ids.flatMap((id) => (id.length > longestItemId ? [] : (ownItem.exec(id)?.[1] ?? []))).map((own) => `resp_${own}`),
  );
  let bytes = 0;
  // One after the other: a conversation may be long.
  for (const responseId of responses) {
    const kept = await keptForm(store, projectId, responseId);
    for (const item of kept === undefined ? [] : [...kept.input, ...outputOf(kept.response)]) {
      if (!isJsonObject(item) || typeof item["id"] !== "string" || !wanted.has(item["id"])) continue;
      // The input of a later response has those before it again: each counts once, or the tenth part of a long conversation would be too much.
      if (found.has(item["id"])) continue;
      found.set(item["id"], item);
      bytes += bytesOf(item);
    }
    if (bytes > mostBytes) break;
  }
  return found;
}

/**
 * True where there was one. Responses that go on from it stay, and can be gone on from no more. The audit log says who took it away, and
 * not what stood in it.
 */
export async function removeResponse(
  store: StoreAccess,
  { projectId, id, actor }: { projectId: string; id: string; actor: Actor },
): Promise<boolean> {
  if (!isResponseId(id)) return false;
  return store.write(async (writing) => {
    const { numDeletedRows } = await writing.db
      .deleteFrom("storedResponses")
      .where("projectId", "=", projectId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) return false;
    const change = { actor, action: "response.delete", object: { id, projectId } } as const;
    await recordChange(writing, change, store.clock);
    return true;
  });
}

/** The same words for an id that nobody has, and for one that another project has. */
export function noSuchResponse(id: string): AditError {
  return new AditError("not_found", `There is no stored response ${JSON.stringify(id.slice(0, 100))}.`, {
    param: "response_id",
    remedy:
      'A response is stored where its request says store: true, its project keeps content (PUT /v1/logs/settings with {"content": "all"}), and it was not deleted since. Or send the earlier items in input, each output item as it came.',
  });
}

/** Where it stands in a request that goes on from it. */
export function noPreviousResponse(id: string): AditError {
  return new AditError("previous_response_not_found", `Previous response with id '${id.slice(0, 100)}' not found.`, {
    param: "previous_response_id",
    remedy: noSuchResponse(id).remedy,
  });
}

function asPrevious(error: unknown): never {
  if (!AditError.isInstance(error) || error.code !== "not_found") throw error;
  const { message, remedy } = error;
  throw new AditError("previous_response_not_found", message, { param: "previous_response_id", remedy });
}

function isBroken(id: string, missing: string): AditError {
  return new AditError("not_found", `The response ${id} goes on from ${missing}, which is not stored any more.`, {
    param: "response_id",
    remedy: "Send the earlier items in input, each output item as it came.",
  });
}
