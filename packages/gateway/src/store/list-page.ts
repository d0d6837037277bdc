/** Lists of objects: which of them, in which order, and which page. One way for all lists. */
import {
  sql,
  type Expression,
  type ExpressionBuilder,
  type ReferenceExpression,
  type SelectQueryBuilder,
  type SqlBool,
} from "kysely";
import type { Tables } from "./tables/tables.ts";
import type { StoreAccess } from "./within.ts";

/** Which entries a list has. */
export interface ListFilter {
  /** Part of the name, in any case of letters. The empty text is part of every one. */
  search?: string | undefined;
  /** As the list shows it. */
  status?: string | undefined;
  /** Made at that time or later, in milliseconds since 1970. */
  createdFrom?: number | undefined;
  /** Made before that time. */
  createdTo?: number | undefined;
}

/** One page of a list. */
export interface ListPage extends ListFilter {
  limit: number;
  /** Id behind which it begins. */
  after?: string | undefined;
  /** How many are passed over. */
  offset?: number | undefined;
  /** By age: the oldest first where it is absent. */
  order?: "asc" | "desc" | undefined;
}

/** What of a table is looked at. Names of columns may have the table's before them. */
export interface ListColumns<DB, Table extends keyof DB> {
  search: readonly ReferenceExpression<DB, Table>[];
  createdAt?: string;
  /** What is true of the entries of each status. */
  statuses?: Readonly<Record<string, Expression<SqlBool>>>;
}

/** True of the entries that a list is to have. */
export function isListed<DB, Table extends keyof DB>(
  where: ExpressionBuilder<DB, Table>,
  { search, status, createdFrom, createdTo }: ListFilter,
  { search: searched, createdAt = "createdAt", statuses = {} }: ListColumns<DB, Table>,
): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [];
  // The databases replace the empty text nowhere, by which a list would have no entries.
  if (search !== undefined && search !== "") conditions.push(hasText(where, searched, search));
  if (createdFrom !== undefined) conditions.push(sql<SqlBool>`${sql.ref(createdAt)} >= ${createdFrom}`);
  if (createdTo !== undefined) conditions.push(sql<SqlBool>`${sql.ref(createdAt)} < ${createdTo}`);
  // A status that the list does not know is none's.
  if (status !== undefined) conditions.push(statuses[status] ?? sql<SqlBool>`1 = 0`);
  return where.and(conditions);
}

/** By age, since ids are. */
export function pageOf<DB, Table extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, Table, Row>,
  { after, limit, offset = 0, order = "asc" }: ListPage,
  id = "id",
): SelectQueryBuilder<DB, Table, Row> {
  const column = sql.ref(id);
  const ordered = query.orderBy(column, order).limit(limit).offset(offset);
  if (after === undefined) return ordered;
  return ordered.where(order === "asc" ? sql<SqlBool>`${column} > ${after}` : sql<SqlBool>`${column} < ${after}`);
}

/** A page of an object's versions, the newest first. */
export type VersionPage = Pick<ListPage, "limit" | "after" | "offset">;

type VersionsTable = "configVersions" | "guardrailVersions" | "promptVersions" | "promptPartialVersions";

/** `query` has the versions of one object; without a page all of them. */
export function pageOfVersions<Row>(
  query: SelectQueryBuilder<Tables, VersionsTable, Row>,
  table: VersionsTable,
  page: VersionPage | undefined,
): SelectQueryBuilder<Tables, VersionsTable, Row> {
  const ordered = query.orderBy(sql.ref("version"), "desc");
  if (page === undefined) return ordered;
  const { limit, after, offset = 0 } = page;
  const paged = ordered.limit(limit).offset(offset);
  if (after === undefined) return paged;
  const last = sql`select earlier.version from ${sql.table(table)} as earlier where earlier.id = ${after}`;
  return paged.where(sql<SqlBool>`${sql.ref("version")} < (${last})`);
}

const wholePage = 1_000;

/** All of a list, read page by page. */
export async function wholeList<Each extends { id: string }>(
  list: (page: ListPage) => Promise<readonly Each[]>,
): Promise<Each[]> {
  const all: Each[] = [];
  for (;;) {
    const page = await list({ limit: wholePage, after: all.at(-1)?.id });
    all.push(...page);
    if (page.length < wholePage) return all;
  }
}

/** How many a list without pages would have. */
export async function countOf<DB, Table extends keyof DB>(
  query: SelectQueryBuilder<DB, Table, unknown>,
): Promise<number> {
  const { found } = await query
    .select(({ fn }) => fn.countAll<number>().as("found"))
    .$castTo<{ found: number }>()
    .executeTakeFirstOrThrow();
  return Number(found);
}

export interface KeyFilter extends ListFilter {
  /** For the statuses: ids of keys whose budget is used up. */
  exhausted?: readonly string[] | undefined;
}

/** What is true of keys by their status. */
export function keyStatuses(
  { clock, engine }: Pick<StoreAccess, "clock" | "engine">,
  exhausted: readonly string[],
): Record<string, Expression<SqlBool>> {
  const now = clock.now();
  const [disabled, expiresAt] = [sql.ref("disabled"), sql.ref("expiresAt")];
  const isOn = sql<SqlBool>`${disabled} = 0 and (${expiresAt} is null or ${expiresAt} > ${now})`;
  // As one value: no database takes more than some tens of thousands.
  const ids = JSON.stringify(exhausted);
  const listed =
    engine === "sqlite"
      ? sql`select value from json_each(${ids})`
      : sql`select jsonb_array_elements_text(${ids}::jsonb)`;
  const isExhausted = sql<SqlBool>`${sql.ref("id")} in (${listed})`;
  return {
    active: sql<SqlBool>`(${isOn} and not ${isExhausted})`,
    exhausted: sql<SqlBool>`(${isOn} and ${isExhausted})`,
    disabled: sql<SqlBool>`${disabled} <> 0`,
    expired: sql<SqlBool>`(${disabled} = 0 and ${expiresAt} <= ${now})`,
  };
}

/** What is true of objects that are switched on and off; `off` is the word for those that are off. */
export function switchStatuses(off: string): Record<string, Expression<SqlBool>> {
  const disabled = sql.ref("disabled");
  return { active: sql<SqlBool>`${disabled} = 0`, [off]: sql<SqlBool>`${disabled} <> 0` };
}

/**
 * True where one of the columns has the text somewhere, in any case of letters that the database knows: SQLite's are ASCII's. So both sides
 * are its own. Not by `like`, whose signs would be the searcher's.
 */
function hasText<DB, Table extends keyof DB>(
  where: ExpressionBuilder<DB, Table>,
  columns: readonly ReferenceExpression<DB, Table>[],
  text: string,
): Expression<SqlBool> {
  return where.or(
    columns.map((column) => {
      const lower = where.fn<string>("lower", [column]);
      const searched = where.fn<string>("lower", [where.val(text)]);
      return where(where.fn<string>("replace", [lower, searched, where.val("")]), "!=", lower);
    }),
  );
}
