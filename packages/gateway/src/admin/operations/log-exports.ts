/** `/v1/logs/exports`: as Portkey's SDK drives them. What is fetched is read when it is fetched: nothing lies about in between. */
import { AditError, dollarsOf, type CancelSignal } from "@adit/bedrock";
import { openGet } from "../../http/routes/open-get.ts";
import type { OpenRoute, Reply } from "../../http/routes/route.ts";
import type { CallFilter } from "../../ledger/search/call-filter.ts";
import type { CallRecord } from "../../ledger/record/call-record.ts";
import { everyCall } from "../../ledger/search/call-search.ts";
import { contentView, logView } from "../../ledger/search/call-view.ts";
import { keptContent } from "../../ledger/content/content-keeper.ts";
import {
  addLogExport,
  behind,
  changeLogExport,
  countCalls,
  exportByToken,
  findLogExport,
  listLogExports,
  newDownloadToken,
  type ExportPlace,
  type LogExportRow,
  noSuchExport,
} from "../../ledger/search/log-exports.ts";
import { recordChange } from "../../store/audit.ts";
import type { Writing } from "../../store/store.ts";
import { keptFilters } from "../kept-filters.ts";
import { listOf, modelsOf, rangeOf, statusesOf } from "../log-filter.ts";
import { listing, operation, type Call, type Need } from "../operation.ts";
import { wholeAnswer } from "../page.ts";
import type { ControlParts } from "../parts.ts";
import { pourLines } from "../pour-lines.ts";
import {
  exportCreate,
  exportDownload,
  exportMade,
  exportTold,
  exportUpdate,
  logsExport,
  logsExportList,
  type ExportField,
  type ExportFilters,
} from "../schemas/log-exports.ts";
import { pairsIn } from "../schemas/log-filter.ts";
import { inProject, momentOf } from "../schemas/schema.ts";

const tag = "logs";
const path = "/v1/logs/exports";
const exporting: Need = { scope: "logs.export", role: "viewer", over: "project" };
/** Portkey's own bound. */
const mostCalls = 50_000;

/** What is kept of an export's wish, as JSON: the filters as they were read, moments in milliseconds. */
interface ExportRequest {
  filters: ExportFilters;
  requested_data: ExportField[];
}

export function logExportOperations() {
  return [
    operation({
      id: "createLogsExport",
      method: "POST",
      path,
      tag,
      summary: "Describe an export. It is made when it is started, and read when it is fetched.",
      need: exporting,
      query: inProject,
      body: exportCreate,
      answer: exportMade,
      changes: false,
      isDoneOnce: true,
      run: async (call) => {
        const { body, parts, project, noteDone, incoming } = call;
        const projectId = await project(body.workspace_id ?? body.filters.workspace_slug);
        const { filters, requested_data, description } = body;
        const total = await countCalls(parts.store, filterOf(filters, projectId), {
          ...placeOf(filters),
          signal: incoming.signal,
        });
        const request = JSON.stringify({ filters: keptFilters(filters), requested_data });
        const answerOf = (id: string) => ({ id, total, object: "export", success: true });
        const id = await addLogExport(
          parts.store,
          projectId,
          { description, request, total },
          async (writing, added) => {
            await noteDone(writing, answerOf(added));
            await audited(call, "create", { id: added, projectId, request, total })(writing);
          },
        );
        return { body: answerOf(id) };
      },
    }),
    operation({
      id: "listLogsExports",
      method: "GET",
      path,
      tag,
      summary: "The exports of the project, the newest first.",
      need: listing("logs"),
      query: inProject,
      answer: logsExportList,
      run: async ({ parts, project }) => {
        return { body: wholeAnswer((await listLogExports(parts.store, await project())).map(viewOf)) };
      },
    }),
    ...oneExport(),
  ];
}

function oneExport() {
  return [
    operation({
      id: "getLogsExport",
      method: "GET",
      path: `${path}/{export}`,
      tag,
      summary: "One export.",
      need: exporting,
      answer: logsExport,
      run: async (call) => ({ body: viewOf(await exportOf(call)) }),
    }),
    operation({
      id: "updateLogsExport",
      method: "PUT",
      path: `${path}/{export}`,
      tag,
      summary: "Change what an export is to hold.",
      need: exporting,
      body: exportUpdate,
      answer: exportMade,
      changes: false,
      run: async (call) => {
        const named = call.body.workspace_id === undefined ? undefined : await call.project();
        const row = await exportOf(call);
        if (named !== undefined && named !== row.projectId) throw noSuchExport();
        const before = requestOf(row);
        const { filters = before.filters, requested_data = before.requested_data, description } = call.body;
        const total = await countCalls(call.parts.store, filterOf(filters, row.projectId), {
          ...placeOf(filters),
          signal: call.incoming.signal,
        });
        const request = JSON.stringify({ filters: keptFilters(filters), requested_data });
        const patch = { request, total, status: "draft" as const, ...(description !== undefined && { description }) };
        await changeLogExport(call.parts.store, row.id, patch, audited(call, "update", { ...row, request, total }));
        return { body: { id: row.id, total, object: "export", success: true } };
      },
    }),
    told("start", "success", "Export started"),
    told("cancel", "stopped", "Export cancelled"),
    operation({
      id: "downloadLogsExport",
      method: "GET",
      path: `${path}/{export}/download`,
      tag,
      summary: "An address of the file that needs no key, and is good for 15 minutes. The file holds lines of JSON.",
      need: exporting,
      answer: exportDownload,
      run: async (call) => {
        const row = await exportOf(call);
        if (row.status === "stopped") throw givenUp();
        const token = await newDownloadToken(call.parts.store, row.id, audited(call, "download", row));
        return { body: { signed_url: `${call.origin}${path}/${row.id}/file?token=${token}` } };
      },
    }),
  ];
}

/**
 * Who takes calls out of the gateway, with which fields and how many. Of the filters the names alone: a value may be whom the calls are of, and
 * the audit log outlives a wish to be forgotten.
 */
function audited(
  { actor, parts }: Pick<Call<unknown, unknown>, "actor" | "parts">,
  verb: "create" | "update" | "start" | "cancel" | "download",
  row: Pick<LogExportRow, "id" | "projectId" | "request" | "total">,
): (writing: Writing) => Promise<void> {
  const { id, projectId, total } = row;
  const { filters, requested_data } = requestOf(row);
  const after = { filters: Object.keys(filters), requested_data, total_records: total };
  return (writing) =>
    recordChange(writing, { actor, action: `log_export.${verb}`, object: { id, projectId }, after }, parts.store.clock);
}

function givenUp(): AditError {
  return new AditError("invalid_request", "The export was given up.", {
    param: "export",
    remedy: "Start it again: POST /v1/logs/exports/{export}/start.",
  });
}

function told(verb: "start" | "cancel", status: LogExportRow["status"], message: string) {
  return operation({
    id: `${verb}LogsExport`,
    method: "POST",
    path: `${path}/{export}/${verb}`,
    tag,
    summary:
      verb === "start"
        ? "Make the export ready to be fetched."
        : "Give the export up: addresses of its file are good no more.",
    need: exporting,
    answer: exportTold,
    changes: false,
    run: async (call) => {
      const row = await exportOf(call);
      await changeLogExport(call.parts.store, row.id, { status }, audited(call, verb, row));
      return { body: { message, object: "export", success: true } };
    },
  });
}

/** The file itself, for whoever has its address. */
export function logExportFileRoute(
  ready: () => Pick<ControlParts, "store"> | Promise<Pick<ControlParts, "store">>,
): OpenRoute {
  return openGet(`${path}/{export}/file`, async (incoming, reply) => {
    const parts = await ready();
    const token = incoming.query.get("token") ?? "";
    const row = await exportByToken(parts.store, incoming.parameters["export"] ?? "", token);
    reply.header("cache-control", "private, no-store");
    await pourExport(reply, incoming.signal, { row, parts });
  });
}

interface Pouring {
  row: LogExportRow;
  parts: Pick<ControlParts, "store">;
}

async function pourExport(reply: Reply, signal: CancelSignal, { row, parts }: Pouring): Promise<void> {
  const { filters, requested_data: fields } = requestOf(row);
  const { passedOver, most } = placeOf(filters);
  const needsContent = fields.includes("request") || fields.includes("response");
  await pourLines(reply, signal, {
    calls: behind(
      everyCall(parts.store, { filter: filterOf(filters, row.projectId), isOver: () => signal.aborted }),
      passedOver,
    ),
    most,
    form: {
      contentType: "application/jsonl",
      fileName: `${row.id}.jsonl`,
      head: "",
      line: async (record) => {
        const content = needsContent ? await keptContent(parts.store, record.id) : undefined;
        const isUnreadable = content === "unreadable";
        const exported = exportedOf(record, { fields, content: isUnreadable ? null : contentView(content) });
        // One that was damaged does not keep the others from leaving.
        return `${JSON.stringify(isUnreadable ? { ...exported, content_unreadable: true } : exported)}\n`;
      },
    },
  });
}

interface Exported {
  fields: readonly ExportField[];
  content: Record<string, unknown> | null;
}

function exportedOf(record: CallRecord, { fields, content }: Exported): object {
  const view = logView(record);
  const { totalNano } = record.cost;
  const all: Record<string, unknown> = {
    ...view,
    request: content?.["request"] ?? null,
    response: content?.["response"] ?? content?.["response_events"] ?? null,
    // Portkey's unit.
    cost: totalNano === undefined ? null : Number(totalNano) / 1e7,
    cost_usd: totalNano === undefined ? null : dollarsOf(BigInt(totalNano)),
    cost_currency: "USD",
    mode: record.target ?? null,
    prompt_slug: record.prompt?.id ?? null,
  };
  const names = fields.includes("cost") ? [...fields, "cost_usd"] : fields;
  return Object.fromEntries(names.map((name) => [name, all[name] ?? null]));
}

async function exportOf(
  call: Pick<Call<unknown, unknown>, "parameters" | "parts" | "checkRight">,
): Promise<LogExportRow> {
  const row = await findLogExport(call.parts.store, call.parameters["export"] ?? "");
  call.checkRight(row.projectId);
  return row;
}

function requestOf(row: Pick<LogExportRow, "request">): ExportRequest {
  return JSON.parse(row.request) as ExportRequest;
}

function viewOf(row: LogExportRow) {
  const { filters, requested_data } = requestOf(row);
  const { time_of_generation_min: from, time_of_generation_max: to } = filters;
  return {
    id: row.id,
    object: "export",
    workspace_id: row.projectId,
    status: row.status,
    filters: {
      ...filters,
      ...(from !== undefined && { time_of_generation_min: momentOf(from) }),
      ...(to !== undefined && { time_of_generation_max: momentOf(to) }),
    },
    requested_data,
    description: row.description,
    total_records: row.total,
    created_at: momentOf(row.createdAt),
    last_updated_at: momentOf(row.updatedAt),
  };
}

function placeOf({ page_size: size = mostCalls, current_page: page = 0 }: ExportFilters): ExportPlace {
  const most = Math.min(mostCalls, Math.max(1, size));
  return { passedOver: page * most, most };
}

/** @throws AditError `invalid_request` with the field */
function filterOf(filters: ExportFilters, projectId: string): CallFilter {
  const { metadata } = filters;
  const cents = (amount: number | undefined): bigint | undefined =>
    amount === undefined ? undefined : BigInt(Math.round(amount * 1e7));
  return {
    projectId,
    from: filters.time_of_generation_min,
    to: filters.time_of_generation_max,
    keyIds: listOf(filters.api_key_ids),
    models: modelsOf(filters.ai_org_model, filters.ai_model),
    statuses: statusesOf(filters.status_code, "filters.status_code"),
    credentials: listOf(filters.virtual_keys),
    configs: listOf(filters.configs),
    prompts: listOf(filters.prompt_slug),
    traceId: filters.trace_id,
    metadata: typeof metadata === "string" ? pairsIn(metadata) : metadata,
    totalTokens: rangeOf(filters.total_units_min, filters.total_units_max),
    inputTokens: rangeOf(filters.prompt_token_min, filters.prompt_token_max),
    outputTokens: rangeOf(filters.completion_token_min, filters.completion_token_max),
    costNano: rangeOf(cents(filters.cost_min), cents(filters.cost_max)),
    weightedFeedback: rangeOf(filters.weighted_feedback_min, filters.weighted_feedback_max),
  };
}
