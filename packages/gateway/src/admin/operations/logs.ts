/** `/v1/logs`: what happened, found, followed and taken out. */
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { AditError, type CancelSignal, type PriceTable } from "@adit/bedrock";
import type { z } from "zod";
import type { Principal } from "../../access/principal.ts";
import type { Incoming } from "../../http/routes/route.ts";
import type { CallRecord } from "../../ledger/record/call-record.ts";
import { explain } from "../../ledger/explain/explain.ts";
import { everyFound, findCall, searchCalls, type CallPage, type FoundCalls } from "../../ledger/search/call-search.ts";
import { contentView, logDetailView, logView } from "../../ledger/search/call-view.ts";
import { csvLine } from "../../ledger/search/spreadsheet.ts";
import type { KeptContent } from "../../ledger/content/call-content.ts";
import { readContent, type GivenContent } from "../../ledger/content/content-keeper.ts";
import type { AskedSearch, ContentSearch } from "../../ledger/search/content-search.ts";
import { Followers, tailCalls } from "../../ledger/search/tail.ts";
import { filterOf } from "../log-filter.ts";
import { changing, listing, operation, reading, type Call, type Need } from "../operation.ts";
import type { ControlParts } from "../parts.ts";
import { pourLines, type LineForm } from "../pour-lines.ts";
import { pourTail } from "../pour-tail.ts";
import { checkRight } from "../rights.ts";
import { checkStillAllowed } from "../still-allowed.ts";
import { newId } from "../../store/new-id.ts";
import { addCalls } from "../../ledger/intake/call-rows.ts";
import { feedbackOfTrace, type Feedback } from "../../ledger/feedback/feedback.ts";
import { checkPairsOfAll, contentOfGiven, recordOfGiven } from "../../ledger/given-log.ts";
import type { FilterQuery } from "../schemas/log-filter.ts";
import { logsCreate, logsCreated } from "../schemas/given-logs.ts";
import { exportQuery, logDetail, logEntry, logExplained, logList, logsQuery, tailQuery } from "../schemas/logs.ts";
import { inProject, momentOf } from "../schemas/schema.ts";

const tag = "logs";
const path = "/v1/logs";
const readingOne = reading("logs");
const following = listing("logs");
const exporting: Need = { scope: "logs.export", role: "viewer", over: "project" };
const usual = 50;
/** Pages by number are passed over row by row: further back leads the cursor. */
const mostPassedOver = 10_000;
/** Behind its call for so long, what is kept of what was said may not be written yet. */
const onTheWayMs = 10_000;
/** Behind what all calls have said, for one of which perhaps nothing is kept. */
const mostWaitedMs = 2_000;

export interface LogTools {
  /** Aborted when the gateway begins to stop: whoever follows the logs is not waited for. */
  stopping: AbortSignal;
  /** What calls are priced by, and logs of elsewhere. */
  prices: () => PriceTable;
  /** In Prometheus's format. */
  metricsText: () => string;
  /** Resolves when the calls that have ended here are in the database; rejects where it does not take them at present. */
  drain: () => Promise<void>;
  searchContent: ContentSearch["find"];
  /** Keeps what a log brings of a call's content, where the project keeps it. */
  keepGiven: (incoming: Incoming, record: CallRecord, content: GivenContent) => void;
}

export function logOperations(tools: LogTools) {
  const followers = new Followers();
  return [
    operation({
      id: "listLogs",
      method: "GET",
      path,
      tag,
      summary: "Calls, the newest first, found by any of these filters; those by one index at once.",
      need: listing("logs"),
      reachesGone: true,
      query: logsQuery,
      answer: logList,
      // Poured, for it ends with its caller: a window may be read through for seconds.
      run: async ({ query, parts, principal, project }) => {
        const search = searchOf(query, await project(), principal);
        const page = pageOf(query);
        const find = findIn(parts.store, search, tools);
        return { pour: async (reply, signal) => reply.send(200, foundView(await find(page, signal))) };
      },
    }),
    operation({
      id: "createLogs",
      method: "POST",
      path,
      tag,
      summary:
        "Keep logs of what did not pass through the gateway, one or a list of them, as Portkey's SDK sends them.",
      need: changing("logs", "create"),
      query: inProject,
      body: logsCreate,
      takesList: true,
      answer: logsCreated,
      // One transaction of its own: many logs do not hold up those who change something.
      changes: false,
      isDoneOnce: true,
      run: async ({ body, incoming, parts, principal, project, noteDone }) => {
        const projectId = await project();
        checkPairsOfAll(body);
        const at = parts.store.clock.now();
        const giver = { principal, projectId, at, newId: (time: number) => newId("req", time), prices: tools.prices() };
        const written = [];
        for (const given of body) {
          const record = recordOfGiven(given, giver);
          written.push({ record, text: JSON.stringify(record), content: contentOfGiven(given) });
          // Of each a few hundred texts are looked through for secrets: others have their turn in between.
          await nextTurn();
        }
        const answer = { status: "success", success: true, ids: written.map(({ record }) => record.id) };
        await addCalls(parts.store, written, { first: (writing) => noteDone(writing, answer) });
        for (const { record, content } of written) tools.keepGiven(incoming, record, content);
        return { body: answer };
      },
    }),
    operation({
      id: "tailLogs",
      method: "GET",
      path: `${path}/tail`,
      tag,
      summary:
        "Calls as they end: events `log` with one each, and `gap` where more came than is shown; `Last-Event-ID` goes on from a call.",
      need: following,
      query: tailQuery,
      answer: logEntry,
      contentTypes: ["text/event-stream"],
      run: async ({ query, parts, principal, incoming, project }) => {
        const projectId = await project();
        const { address, headers } = incoming;
        const check = () => checkStillAllowed({ principal, need: following, projectId, address, headers }, parts);
        const after = headers.raw("last-event-id");
        const tailing = { filter: filterOf(query, projectId), text: query.search, after };
        return {
          pour: async (reply, signal) => {
            // Whoever asks for the head alone sends the next request by the same connection, and would wait behind this one for ever.
            if (incoming.method === "HEAD") return reply.openEvents().end();
            const signals = [signal, tools.stopping];
            const batches = tailCalls(parts.store, { ...tailing, followers, signals });
            return pourTail(reply, { batches, check });
          },
        };
      },
    }),
    operation({
      id: "exportLogs",
      method: "GET",
      path: `${path}/export`,
      tag,
      summary: "All calls that match, as lines of JSON, or as CSV that is safe to open in spreadsheets.",
      need: exporting,
      reachesGone: true,
      query: exportQuery,
      answer: logDetail,
      contentTypes: ["application/jsonl", "text/csv"],
      run: async ({ query, parts, principal, incoming, project }) => {
        const projectId = await project();
        const search = searchOf(query, projectId, principal);
        const find = findIn(parts.store, search, tools);
        const { address, headers } = incoming;
        const caller = { principal, projectId, address, headers };
        const check = async (): Promise<void> => {
          await checkStillAllowed({ ...caller, need: exporting }, parts);
          if (search.inContent === true) await checkStillAllowed({ ...caller, need: readingOne }, parts);
        };
        const form = query.format === "csv" ? csvForm : jsonLines;
        const most = query.limit ?? Infinity;
        return {
          pour: (reply, signal) => {
            const calls = everyFound(
              (page) => find(page, signal),
              () => signal.aborted,
            );
            return pourLines(reply, signal, { form, calls, most, check });
          },
        };
      },
    }),
    operation({
      id: "getLog",
      method: "GET",
      path: `${path}/{log}`,
      tag,
      summary: "All that is known of one call.",
      need: readingOne,
      answer: logDetail,
      run: async (call) => {
        const record = await recordOf(call, tools);
        const feedback = await feedbackOfTrace(call.parts.store, record);
        const content = await contentOf(call, record, tools);
        return { body: logDetailView(record, { content: contentView(content), feedback: feedback.map(feedbackView) }) };
      },
    }),
    operation({
      id: "explainLog",
      method: "GET",
      path: `${path}/{log}/explain`,
      tag,
      summary: "Why the call failed, was slow or was dear: causes with evidence, what to do, and what to paste.",
      need: reading("logs"),
      answer: logExplained,
      run: async (call) => {
        const record = await recordOf(call, tools);
        const causes = explain(record).map(({ paste, ...cause }) => ({ ...cause, paste: paste ?? null }));
        return { body: { object: "log-explanation", id: record.id, causes } };
      },
    }),
  ];
}

/** @throws AditError `invalid_request`; `forbidden` where what was said is looked into by who may not read it */
function searchOf(
  query: FilterQuery & Pick<z.output<typeof logsQuery>, "search" | "search_content">,
  projectId: string,
  principal: Principal,
): AskedSearch {
  const filter = filterOf(query, projectId);
  const inContent = query.search_content === "true";
  if (inContent && query.search === undefined) throw noText();
  // What is found tells what was said.
  if (inContent) checkRight(principal, readingOne, projectId);
  return { filter, text: query.search, inContent };
}

/** Where contents are looked into, a thread of its own does it. */
function findIn(store: ControlParts["store"], search: AskedSearch, { searchContent }: LogTools) {
  return (page: CallPage, signal: CancelSignal): Promise<FoundCalls> =>
    search.inContent === true
      ? searchContent(search, page, signal)
      : searchCalls(store, { ...search, isOver: () => signal.aborted }, page);
}

/** @throws AditError `invalid_request` */
function pageOf(query: z.output<typeof logsQuery>): CallPage {
  const limit = query.limit ?? query.page_size ?? usual;
  const offset = (query.current_page ?? 0) * limit;
  if (offset > mostPassedOver) throw tooFar();
  return { limit, after: query.after, offset };
}

function foundView({ records, hasMore, lastId, ...read }: FoundCalls) {
  return {
    object: "list",
    success: true,
    data: records.map(logView),
    has_more: hasMore,
    first_id: records[0]?.id ?? null,
    last_id: lastId ?? null,
    scanned: read.scanned ?? null,
    scanned_to: read.scannedTo === undefined ? null : momentOf(read.scannedTo),
    scanned_without_content: read.withoutContent ?? null,
    scanned_unreadable: read.unreadable ?? null,
  };
}

/** By its id, in whatever project the caller has the right. @throws AditError `not_found`, `forbidden` */
export async function recordOf(
  call: Pick<Call<unknown, unknown>, "parameters" | "parts" | "checkRight">,
  { drain }: Pick<LogTools, "drain">,
): Promise<CallRecord> {
  const id = call.parameters["log"] ?? "";
  const find = (): Promise<CallRecord | undefined> => findCall(call.parts.store, id);
  // Whoever asks right behind the call need not wait for the next batch.
  const record = (await find()) ?? (await drain().then(find, find));
  if (record === undefined) {
    throw new AditError("not_found", "There is no log of this id.", {
      param: "log",
      remedy: "Ids are those of the header x-adit-request-id; a call is there a moment after its answer has ended.",
    });
  }
  call.checkRight(record.projectId);
  return record;
}

/** What is kept of what was said in the call. @throws AditError `internal` where it cannot be read */
export async function contentOf(
  { parts: { store } }: Pick<Call<unknown, unknown>, "parts">,
  { id, at, timings }: CallRecord,
  { drain }: Pick<LogTools, "drain">,
): Promise<KeptContent | undefined> {
  const read = (): Promise<KeptContent | undefined> => readContent(store, id);
  const content = await read();
  // It is written behind the record, and what is on its way is not what is not kept.
  const mayBeOnItsWay = at + timings.total > store.clock.now() - onTheWayMs;
  if (content !== undefined || !mayBeOnItsWay) return content;
  return Promise.race([drain(), wait(mostWaitedMs, undefined, { ref: false })]).then(read, read);
}

function feedbackView({ id, value, weight, metadata, createdAt }: Feedback): object {
  return { id, value, weight, metadata, created_at: momentOf(createdAt) };
}

function noText(): AditError {
  return new AditError("invalid_request", "search_content: there is no text to be looked for.", {
    param: "search_content",
    remedy: "Name the text in search.",
  });
}

function tooFar(): AditError {
  return new AditError("invalid_request", "current_page: pages by number end there.", {
    param: "current_page",
    remedy: "Go on with after=, which is last_id of the page before.",
  });
}

const jsonLines: LineForm = {
  contentType: "application/jsonl",
  fileName: "logs.jsonl",
  head: "",
  line: (record) => `${JSON.stringify(logDetailView(record, { content: null, feedback: [] }))}\n`,
};

const csvColumns = Object.keys(logEntry.shape).filter((name) => name !== "object");

const csvForm: LineForm = {
  contentType: "text/csv; charset=utf-8; header=present",
  fileName: "logs.csv",
  head: csvLine(csvColumns),
  line: (record) => {
    const view = logView(record);
    return csvLine(csvColumns.map((name) => view[name]));
  },
};
