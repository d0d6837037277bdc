/** Which calls are meant: by time, place, result, trace and metadata, within one project; and which index finds them. */
import { factsOfModel } from "@adit/bedrock";
import { sql, type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool } from "kysely";
import type { Tables } from "../../store/tables/tables.ts";
import { hashOf, markInSql } from "./call-marks.ts";
import type { CallRecord } from "../record/call-record.ts";
import { callerPairs } from "../../caller-text.ts";

export interface CallFilter {
  projectId: string;
  /** Milliseconds since 1970; `from` is within, `to` is not. */
  from?: number | undefined;
  to?: number | undefined;
  keyIds?: readonly string[] | undefined;
  /** An id with or without a geography, or an ARN. */
  models?: readonly string[] | undefined;
  /** Statuses of HTTP; `success` and `error` for all of a kind. */
  statuses?: readonly (number | "success" | "error")[] | undefined;
  credentials?: readonly string[] | undefined;
  configs?: readonly string[] | undefined;
  prompts?: readonly string[] | undefined;
  providers?: readonly string[] | undefined;
  regions?: readonly string[] | undefined;
  cacheStatuses?: readonly string[] | undefined;
  traceId?: string | undefined;
  spanId?: string | undefined;
  /** All of these pairs. */
  metadata?: Readonly<Record<string, string>> | undefined;
  totalTokens?: Range<number> | undefined;
  inputTokens?: Range<number> | undefined;
  outputTokens?: Range<number> | undefined;
  costNano?: Range<bigint> | undefined;
  /** What was said of the call's trace, by weight; calls of which nothing was said are not meant. */
  weightedFeedback?: Range<number> | undefined;
}

export interface Range<Amount> {
  min: Amount | undefined;
  max: Amount | undefined;
}

/** An index, and the one value in it behind which the calls stand in the order of time. */
export type Drive =
  | { by: "time" }
  | { by: "trace" | "key" | "model" | "credential"; value: string }
  | { by: "status"; value: number }
  | { by: "failure" }
  | { by: "pair"; name: string; value: string };

/** A drive whose index is one of the calls themselves. */
export type IndexDrive = Exclude<Drive, { by: "pair" }>;

/** Where the calls of each drive are found, as the schema names it. */
export const indexOf = {
  time: { index: "calls_by_time", mark: "project_mark" },
  trace: { index: "calls_by_trace", mark: "trace_mark" },
  key: { index: "calls_by_key", mark: "key_mark" },
  model: { index: "calls_by_model", mark: "model_mark" },
  credential: { index: "calls_by_credential", mark: "credential_mark" },
  status: { index: "calls_by_status", mark: "status_mark" },
  failure: { index: "calls_that_failed", mark: "failure_mark" },
} as const satisfies Readonly<Record<IndexDrive["by"], { index: string; mark: string }>>;

/** The value of a drive, as marks have it. */
export function hashOfDrive(projectId: string, drive: Drive): number {
  if (drive.by === "pair") return hashOf(projectId, drive.name, drive.value);
  return "value" in drive ? hashOf(projectId, String(drive.value)) : hashOf(projectId);
}

/** What finds the calls, and what is left to be looked at in each of them. */
export interface SearchPlan {
  /** Each stands for some of the calls; together they are all. */
  drives: readonly Drive[];
  /** The filter without what the drives answer. */
  rest: CallFilter;
  /** False where the drives give what is meant and nothing else. */
  hasRest: boolean;
}

type Where = ExpressionBuilder<Tables, "calls">;

/** A virtual key is named by its slug, any other credential as the record has it. The form that is found more often comes first. */
const credentialForms = (name: string): string[] => [`virtual key ${name}`, name];

/** So many values of one filter are looked up one by one. */
const mostDrives = 20;

/** The most telling filter is looked up; time belongs to every index. */
export function searchPlan(filter: CallFilter): SearchPlan {
  for (const choose of choices) {
    const chosen = choose(filter);
    if (chosen === undefined || chosen.drives.length > mostDrives) continue;
    return { ...chosen, hasRest: asksMore(chosen.rest) };
  }
  return { drives: [{ by: "time" }], rest: filter, hasRest: asksMore(filter) };
}

/** What every index knows. */
const everywhere = new Set(["projectId", "from", "to"]);

/** True where the filter asks for more than a project's calls of a time. */
export function asksMore(filter: CallFilter): boolean {
  return Object.entries(filter).some(([name, value]) => value !== undefined && !everywhere.has(name));
}

type Choice = (filter: CallFilter) => Omit<SearchPlan, "hasRest"> | undefined;

const choices: readonly Choice[] = [
  ({ traceId, ...rest }) => (traceId === undefined ? undefined : { drives: [{ by: "trace", value: traceId }], rest }),
  ({ metadata, ...rest }) => {
    const [pair, ...more] = Object.entries(callerPairs(metadata) ?? {});
    if (pair === undefined) return undefined;
    const [name, value] = pair;
    const others = more.length === 0 ? undefined : Object.fromEntries(more);
    return { drives: [{ by: "pair", name, value }], rest: { ...rest, metadata: others } };
  },
  ({ keyIds, ...rest }) => keyIds && { drives: unique(keyIds).map((value) => ({ by: "key", value })), rest },
  ({ credentials, ...rest }) =>
    credentials && {
      drives: unique(credentials.flatMap(credentialForms)).map((value) => ({ by: "credential", value })),
      rest,
    },
  ({ statuses, ...rest }) => {
    // Those that succeeded are as good as all.
    if (statuses === undefined || statuses.includes("success")) return undefined;
    if (statuses.includes("error")) {
      const exact = statuses.filter((status) => typeof status === "number");
      return exact.length > 0 ? undefined : { drives: [{ by: "failure" }], rest };
    }
    const values = unique(statuses.filter((status) => typeof status === "number"));
    return { drives: values.map((value) => ({ by: "status", value })), rest };
  },
  ({ models, ...rest }) =>
    models && { drives: unique(models.map(baseOf)).map((value) => ({ by: "model", value })), rest },
];

/** As records name it: without geography and ARN. */
export function baseOf(model: string): string {
  return factsOfModel(model).baseId;
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

const columnOf = {
  trace: "calls.traceId",
  key: "calls.keyId",
  model: "calls.model",
  credential: "calls.credential",
} as const;

/** The calls of one drive. Its marks find others too, for hashes may agree by chance. */
export function isDriven(where: Where, projectId: string, drive: Drive): Expression<SqlBool> {
  return where.and([where("calls.projectId", "=", projectId), ...ownCondition(where, drive)]);
}

function ownCondition(where: Where, drive: Drive): Expression<SqlBool>[] {
  switch (drive.by) {
    case "time":
    case "pair":
      return [];
    case "failure":
      return [isFailure];
    case "status":
      return [where("calls.status", "=", drive.value)];
    case "trace":
    case "key":
    case "model":
    case "credential":
      return [where(columnOf[drive.by], "=", drive.value)];
  }
}

const isFailure = sql<SqlBool>`calls.is_success = 0`;
const isSuccess = sql<SqlBool>`calls.is_success = 1`;

/** The condition that a filter is, apart from project, time and what was said of the trace. */
export function matches(where: Where, filter: CallFilter): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [];
  const oneOf = (column: TextColumn, values: readonly string[] | undefined): void => {
    if (values !== undefined) conditions.push(where(column, "in", values.length === 0 ? [""] : [...values]));
  };
  oneOf("calls.keyId", filter.keyIds);
  oneOf("calls.model", filter.models?.map(baseOf));
  oneOf("calls.credential", filter.credentials?.flatMap(credentialForms));
  oneOf("calls.config", filter.configs);
  oneOf("calls.prompt", filter.prompts);
  oneOf("calls.provider", filter.providers);
  oneOf("calls.region", filter.regions);
  oneOf("calls.cache", filter.cacheStatuses);
  if (filter.spanId !== undefined) conditions.push(where("calls.spanId", "=", filter.spanId));
  conditions.push(
    ...statusConditions(where, filter.statuses),
    ...rangeConditions(where, filter),
    ...pairConditions(where, filter),
  );
  return where.and(conditions);
}

type TextColumn =
  | "calls.keyId"
  | "calls.model"
  | "calls.credential"
  | "calls.config"
  | "calls.prompt"
  | "calls.provider"
  | "calls.region"
  | "calls.cache";

function statusConditions(where: Where, statuses: CallFilter["statuses"]): Expression<SqlBool>[] {
  if (statuses === undefined) return [];
  const exact = statuses.filter((status) => typeof status === "number");
  return [
    where.or([
      ...(exact.length > 0 ? [where("calls.status", "in", exact)] : []),
      ...(statuses.includes("success") ? [isSuccess] : []),
      ...(statuses.includes("error") ? [isFailure] : []),
    ]),
  ];
}

/**
 * The condition on what was said of a call's trace, of calls that are among `found`: once for each of their traces, for one trace may have
 * very many calls, and as much said of it.
 */
export function isSaidOf(
  { projectId, weightedFeedback }: CallFilter,
  found: RawBuilder<{ callSeq: bigint }>,
): Expression<SqlBool>[] {
  const average = sql`sum(feedback.value * feedback.weight_millionths) * 1.0 / nullif(sum(feedback.weight_millionths), 0)`;
  const within = weightedFeedback === undefined ? [] : rangeOf(average, weightedFeedback);
  if (within.length === 0) return [];
  return [
    sql<SqlBool>`calls.trace_id in (select feedback.trace_id from feedback
      where feedback.project_id = ${projectId} and feedback.trace_id in
        (select near.trace_id from ${found} as met inner join calls as near on near.call_seq = met.call_seq)
      group by feedback.trace_id having ${sql.join(within, sql` and `)})`,
  ];
}

function rangeConditions(where: Where, filter: CallFilter): Expression<SqlBool>[] {
  const ranges = [
    [where.ref("calls.totalTokens"), filter.totalTokens],
    [where.ref("calls.inputTokens"), filter.inputTokens],
    [where.ref("calls.outputTokens"), filter.outputTokens],
    [where.ref("calls.costNano"), filter.costNano],
  ] as const;
  return ranges.flatMap(([figure, range]) => (range === undefined ? [] : rangeOf(figure, range)));
}

function rangeOf(figure: Expression<unknown>, { min, max }: Range<number | bigint>): Expression<SqlBool>[] {
  return [
    ...(min === undefined ? [] : [sql<SqlBool>`${figure} >= ${min}`]),
    ...(max === undefined ? [] : [sql<SqlBool>`${figure} <= ${max}`]),
  ];
}

/** True where marks say that the call has all of these pairs: whoever has the record looks at `hasPairs`. */
function pairConditions(where: Where, { projectId, metadata }: CallFilter): Expression<SqlBool>[] {
  return Object.entries(callerPairs(metadata) ?? {}).map(([name, value]) =>
    where.exists(
      where
        .selectFrom("callMetadata")
        .select(sql`1`.as("one"))
        .where(
          "callMetadata.mark",
          "=",
          sql.raw<number>(markInSql("pair", "calls.call_seq", hashOf(projectId, name, value))),
        )
        .whereRef("callMetadata.callSeq", "=", "calls.callSeq"),
    ),
  );
}

/** True where the text stands in the record as it is kept, in any case of letters; `written`: as {@link writtenForms} gives it. */
export function hasText(record: string, written: readonly string[] | undefined): boolean {
  if (written === undefined) return true;
  const text = record.toLowerCase();
  return written.some((form) => text.includes(form));
}

/** A text in small letters: as it is, and with the escapes that JSON, as which records are kept, has for quotes and backslashes. */
export function writtenForms(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const small = text.toLowerCase();
  return [...new Set([small, JSON.stringify(small).slice(1, -1)])];
}

/** True where the call has all the pairs that are asked for. */
export function hasPairs({ metadata: own }: Pick<CallRecord, "metadata">, { metadata }: CallFilter): boolean {
  return Object.entries(callerPairs(metadata) ?? {}).every(([name, value]) => own?.[name] === value);
}
