/** Exports of logs as Portkey has them: described, started, fetched by an address that is good for some minutes. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { AditError, type CancelSignal } from "@adit/bedrock";
import { newId } from "../../store/new-id.ts";
import type { Writing } from "../../store/store.ts";
import type { Row } from "../../store/tables/tables.ts";
import type { StoreAccess } from "../../store/within.ts";
import type { CallFilter } from "./call-filter.ts";
import { everyCall } from "./call-search.ts";

export type LogExportRow = Row<"logExports">;

/** How long the address of a download is good. */
const downloadMs = 15 * 60_000;

export interface LogExportInput {
  description: string | undefined;
  /** What is to be exported, as JSON. */
  request: string;
  total: number;
}

export async function addLogExport(
  store: StoreAccess,
  projectId: string,
  { description, request, total }: LogExportInput,
  first: (writing: Writing, id: string) => Promise<void>,
): Promise<string> {
  const now = store.clock.now();
  const id = newId("exp", now);
  const row = { id, projectId, status: "draft" as const, description: description ?? null, request, total };
  const times = { downloadHash: null, downloadUntil: null, createdAt: now, updatedAt: now };
  await store.write(async (writing) => {
    await first(writing, id);
    await writing.db
      .insertInto("logExports")
      .values({ ...row, ...times })
      .execute();
  });
  return id;
}

export function listLogExports(store: Pick<StoreAccess, "read">, projectId: string): Promise<LogExportRow[]> {
  return store.read((db) =>
    db
      .selectFrom("logExports")
      .selectAll()
      .where("projectId", "=", projectId)
      .orderBy("id", "desc")
      .limit(1_000)
      .execute(),
  );
}

/** @throws AditError `not_found` */
export async function findLogExport(store: Pick<StoreAccess, "read">, id: string): Promise<LogExportRow> {
  const row = await store.read((db) => db.selectFrom("logExports").selectAll().where("id", "=", id).executeTakeFirst());
  if (row !== undefined) return row;
  throw noSuchExport();
}

export function noSuchExport(): AditError {
  return new AditError("not_found", "There is no export of this id.", {
    param: "export",
    remedy: "See GET /v1/logs/exports.",
  });
}

/** `also` is done in the same transaction, as is that of {@link newDownloadToken}. */
export async function changeLogExport(
  store: StoreAccess,
  id: string,
  patch: Partial<Pick<LogExportRow, "status" | "description" | "request" | "total">>,
  also: (writing: Writing) => Promise<void>,
): Promise<void> {
  const values = { ...patch, updatedAt: store.clock.now() };
  await setInExport(store, { id, values, also });
}

async function setInExport(
  store: StoreAccess,
  change: { id: string; values: Partial<LogExportRow>; also: (writing: Writing) => Promise<void> },
): Promise<void> {
  const { id, values, also } = change;
  await store.write(async (writing) => {
    await writing.db.updateTable("logExports").set(values).where("id", "=", id).execute();
    await also(writing);
  });
}

/** The token by which the file may be fetched for some minutes; of it only a hash is kept. */
export async function newDownloadToken(
  store: StoreAccess,
  id: string,
  also: (writing: Writing) => Promise<void>,
): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const values = { downloadHash: hashOf(token), downloadUntil: store.clock.now() + downloadMs };
  await setInExport(store, { id, values, also });
  return token;
}

/** @throws AditError `invalid_request` for a token that is not, or no longer, good; the same where there is no such export */
export async function exportByToken(store: StoreAccess, id: string, token: string): Promise<LogExportRow> {
  const row = await store.read((db) => db.selectFrom("logExports").selectAll().where("id", "=", id).executeTakeFirst());
  const isGood =
    row !== undefined &&
    row.status !== "stopped" &&
    row.downloadHash !== null &&
    (row.downloadUntil ?? 0) > store.clock.now() &&
    timingSafeEqual(Buffer.from(row.downloadHash), Buffer.from(hashOf(token)));
  if (isGood) return row;
  throw new AditError("invalid_request", "The address of the download is not good, or not any more.", {
    param: "token",
    remedy: "Ask for a new one: GET /v1/logs/exports/{export}/download.",
  });
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Which of the calls that match: the newest are passed over, and then so many are taken at most. */
export interface ExportPlace {
  passedOver: number;
  most: number;
}

/** How many calls there are to export; beyond that nobody counts on. @throws the signal's reason once it has aborted */
export async function countCalls(
  store: Pick<StoreAccess, "engine" | "read">,
  filter: CallFilter,
  { passedOver, most, signal }: ExportPlace & { signal: CancelSignal },
): Promise<number> {
  let count = 0;
  const calls = behind(everyCall(store, { filter, isOver: () => count >= most || signal.aborted }), passedOver);
  while (count < most && (await calls.next()).done !== true) count += 1;
  if (signal.aborted) throw signal.reason;
  return count;
}

/** What comes behind the first so many. */
export async function* behind<Item>(items: AsyncIterable<Item>, passedOver: number): AsyncGenerator<Item, void> {
  let left = passedOver;
  for await (const item of items) {
    if (left === 0) yield item;
    else left -= 1;
  }
}
