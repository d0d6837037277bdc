/** What people, and checks, thought of answers: values by trace. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { inParts } from "../../store/in-parts.ts";
import { newId } from "../../store/new-id.ts";
import { objectWithoutSecrets } from "../content/secrets-in-json.ts";
import { asksMore, type CallFilter } from "../search/call-filter.ts";
import { callsOfTraces } from "../search/call-search.ts";
import { callerText } from "../../caller-text.ts";
import type { Row } from "../../store/tables/tables.ts";
import type { Writing } from "../../store/store.ts";
import type { StoreAccess } from "../../store/within.ts";
import type { CallRecord } from "../record/call-record.ts";

export interface Feedback {
  id: string;
  projectId: string;
  traceId: string;
  /** -10 to 10. */
  value: number;
  /** 0 to 1. */
  weight: number;
  metadata: Readonly<Record<string, unknown>>;
  createdAt: number;
  updatedAt: number;
}

export interface FeedbackInput {
  traceId: string;
  value: number;
  weight: number;
  metadata: JsonObject;
}

/** What is to be different. */
export type FeedbackPatch = { [Field in "value" | "weight" | "metadata"]?: FeedbackInput[Field] | undefined };

const whole = 1_000_000;

/** Without secrets, as of all that callers write. */
function keptMetadata(metadata: JsonObject): string {
  return JSON.stringify(objectWithoutSecrets(metadata, (words) => words));
}

export async function addFeedback(
  store: StoreAccess,
  projectId: string,
  inputs: readonly FeedbackInput[],
  first: (writing: Writing, ids: readonly string[]) => Promise<void>,
): Promise<string[]> {
  const now = store.clock.now();
  const rows = inputs.map(({ traceId, value, weight, metadata }) => ({
    id: newId("fb", now),
    projectId,
    // As records name it.
    traceId: callerText(traceId),
    value,
    weightMillionths: Math.round(weight * whole),
    metadata: keptMetadata(metadata),
    createdAt: now,
    updatedAt: now,
  }));
  const ids = rows.map(({ id }) => id);
  await store.write(async (writing) => {
    await first(writing, ids);
    for (const some of inParts(rows)) await writing.db.insertInto("feedback").values(some).execute();
  });
  return ids;
}

/** What guardrails said of these calls, as feedback of their traces. */
export async function addGuardrailFeedback(
  { db }: Pick<Writing, "db">,
  now: number,
  records: readonly Pick<CallRecord, "projectId" | "traceId" | "guardrailFeedback">[],
): Promise<void> {
  const rows = records.flatMap(({ projectId, traceId, guardrailFeedback = [] }) =>
    guardrailFeedback.map(({ guardrail, value, weight, metadata }) => ({
      id: newId("fb", now),
      projectId,
      traceId,
      value,
      weightMillionths: Math.round(weight * whole),
      metadata: JSON.stringify({ ...metadata, guardrail }),
      createdAt: now,
      updatedAt: now,
    })),
  );
  for (const some of inParts(rows)) await db.insertInto("feedback").values(some).execute();
}

/** @throws AditError `not_found` */
export async function findFeedback(store: Pick<StoreAccess, "read">, id: string): Promise<Feedback> {
  const row = await store.read((db) => db.selectFrom("feedback").selectAll().where("id", "=", id).executeTakeFirst());
  if (row !== undefined) return feedbackOf(row);
  throw new AditError("not_found", "There is no feedback of this id.", {
    param: "id",
    remedy: "Ids are those of feedback_ids in the answer of POST /v1/feedback.",
  });
}

export async function changeFeedback(
  store: StoreAccess,
  id: string,
  { value, weight, metadata }: FeedbackPatch,
): Promise<void> {
  const values = {
    ...(value !== undefined && { value }),
    ...(weight !== undefined && { weightMillionths: Math.round(weight * whole) }),
    ...(metadata !== undefined && { metadata: keptMetadata(metadata) }),
    updatedAt: store.clock.now(),
  };
  await store.write(({ db }) => db.updateTable("feedback").set(values).where("id", "=", id).execute());
}

/** Of a trace, the oldest first. */
export async function feedbackOfTrace(
  store: Pick<StoreAccess, "read">,
  { projectId, traceId }: Pick<Feedback, "projectId" | "traceId">,
): Promise<Feedback[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom("feedback")
      .selectAll()
      .where("projectId", "=", projectId)
      .where("traceId", "=", traceId)
      .orderBy("id")
      .limit(100)
      .execute(),
  );
  return rows.map(feedbackOf);
}

/** Feedback is read one by one for a graph: the newest so many. */
const mostRead = 50_000;

/** The newest of a window, without what no call has anything to do with that is meant; `isPartial`: there was more than is read. */
export interface FoundFeedback {
  feedback: Feedback[];
  /** The models of the calls that are meant, by the trace. */
  models: ReadonlyMap<string, ReadonlySet<string>>;
  isPartial: boolean;
}

/** Feedback of a window; where the filter asks for certain calls, what was said of traces that have one of them. */
export async function findFeedbackIn(
  store: Pick<StoreAccess, "engine" | "read">,
  filter: CallFilter,
  window: { from: number; to: number },
): Promise<FoundFeedback> {
  const { projectId } = filter;
  const all = await feedbackIn(store, projectId, window);
  const traceIds = [...new Set(all.map(({ traceId }) => traceId))];
  const models = await modelsOfTraces(store, filter, traceIds);
  const feedback = asksMore(filter) ? all.filter(({ traceId }) => models.has(traceId)) : all;
  return { feedback, models, isPartial: all.length === mostRead };
}

async function feedbackIn(
  store: Pick<StoreAccess, "read">,
  projectId: string,
  { from, to }: { from: number; to: number },
): Promise<Feedback[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom("feedback")
      .selectAll()
      .where("projectId", "=", projectId)
      .where("createdAt", ">=", from)
      .where("createdAt", "<", to)
      .orderBy("createdAt", "desc")
      .limit(mostRead)
      .execute(),
  );
  return rows.map(feedbackOf);
}

/** The models that each trace asked by calls that are meant; traces without such a call are not there. */
async function modelsOfTraces(
  store: Pick<StoreAccess, "engine" | "read">,
  filter: CallFilter,
  traceIds: readonly string[],
): Promise<Map<string, Set<string>>> {
  const models = new Map<string, Set<string>>();
  for (let first = 0; first < traceIds.length; first += 500) {
    const some = traceIds.slice(first, first + 500);
    for (const { traceId, model } of await callsOfTraces(store, filter, some)) {
      const known = models.get(traceId) ?? new Set();
      if (model !== null) known.add(model);
      models.set(traceId, known);
    }
  }
  return models;
}

function feedbackOf(row: Row<"feedback">): Feedback {
  const { weightMillionths, metadata, ...rest } = row;
  return {
    ...rest,
    weight: weightMillionths / whole,
    metadata: metadata === null ? {} : (JSON.parse(metadata) as Record<string, unknown>),
  };
}
