/** Which calls are meant: by time, place, result, trace and metadata, within one project. */
import { factsOfModel } from "@adit/bedrock";
import { sql, type Expression, type ExpressionBuilder, type SqlBool } from "kysely";
import type { Tables } from "../store/tables.ts";

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
}

export interface Range<Amount> {
  min: Amount | undefined;
  max: Amount | undefined;
}

type Where = ExpressionBuilder<Tables, "calls">;

/** A virtual key is named by its slug, any other credential as the record has it. */
const credentialForms = (name: string): string[] => [name, `virtual key ${name}`];

/** The condition, without metadata's pairs. */
export function matches(where: Where, filter: CallFilter): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [where("calls.projectId", "=", filter.projectId)];
  const oneOf = (column: TextColumn, values: readonly string[] | undefined): void => {
    if (values !== undefined) conditions.push(where(column, "in", values.length === 0 ? [""] : [...values]));
  };
  if (filter.from !== undefined) conditions.push(where("calls.at", ">=", filter.from));
  if (filter.to !== undefined) conditions.push(where("calls.at", "<", filter.to));
  oneOf("calls.keyId", filter.keyIds);
  oneOf(
    "calls.model",
    filter.models?.map((model) => factsOfModel(model).baseId),
  );
  oneOf("calls.credential", filter.credentials?.flatMap(credentialForms));
  oneOf("calls.config", filter.configs);
  oneOf("calls.prompt", filter.prompts);
  oneOf("calls.provider", filter.providers);
  oneOf("calls.region", filter.regions);
  oneOf("calls.cache", filter.cacheStatuses);
  if (filter.traceId !== undefined) conditions.push(where("calls.traceId", "=", filter.traceId));
  if (filter.spanId !== undefined) conditions.push(where("calls.spanId", "=", filter.spanId));
  conditions.push(...statusConditions(where, filter.statuses), ...rangeConditions(where, filter));
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
      // Written out, for an index knows these very words.
      ...(statuses.includes("success") ? [sql<SqlBool>`calls.is_success = 1`] : []),
      ...(statuses.includes("error") ? [sql<SqlBool>`calls.is_success = 0`] : []),
    ]),
  ];
}

function rangeConditions(where: Where, filter: CallFilter): Expression<SqlBool>[] {
  const ranges = [
    ["calls.totalTokens", filter.totalTokens],
    ["calls.inputTokens", filter.inputTokens],
    ["calls.outputTokens", filter.outputTokens],
    ["calls.costNano", filter.costNano],
  ] as const;
  return ranges.flatMap(([column, range]) => [
    ...(range?.min === undefined ? [] : [where(column, ">=", range.min as never)]),
    ...(range?.max === undefined ? [] : [where(column, "<=", range.max as never)]),
  ]);
}

/** True where the call has all of these pairs. */
export function hasPairs(where: Where, filter: CallFilter): Expression<SqlBool> {
  const pairs = Object.entries(filter.metadata ?? {});
  return where.and(
    pairs.map(([name, value]) =>
      where.exists(
        where
          .selectFrom("callMetadata")
          .select(sql`1`.as("one"))
          .where("callMetadata.projectId", "=", filter.projectId)
          .where("callMetadata.name", "=", name)
          .where("callMetadata.value", "=", value)
          .whereRef("callMetadata.at", "=", "calls.at")
          .whereRef("callMetadata.callId", "=", "calls.id"),
      ),
    ),
  );
}
