import type { Engine } from "../engines/engine.ts";

/** One step of the schema. A step that has been released is never changed: what comes later is a step of its own. */
export interface Migration {
  /** What it brings, for people. */
  name: string;
  /** Statements with `;` between them, in PostgreSQL's words; a table that SQLite is to keep in the tree of its key ends `without rowid`. */
  sql: string;
  /** Statements that only one of the engines needs, in its own words. */
  sqliteSql?: string;
  postgresSql?: string;
}

const withoutRowid = / without rowid$/;

/**
 * The statements of a step for one engine. SQLite's tables are `strict`, so that both engines refuse what is not of the column's type;
 * two of their types have other names there.
 */
export function statementsOf(migration: Migration, engine: Engine): string[] {
  if (engine === "postgres") {
    const common = split(migration.sql).map((statement) => statement.replace(withoutRowid, ""));
    return [...common, ...split(migration.postgresSql ?? "")];
  }
  const own = split(migration.sql).map((statement) => {
    const typed = statement.replaceAll(/\bbigint\b/g, "integer").replaceAll(/\bbytea\b/g, "blob");
    if (!typed.startsWith("create table")) return typed;
    return withoutRowid.test(typed) ? typed.replace(withoutRowid, " strict, without rowid") : `${typed} strict`;
  });
  return [...own, ...split(migration.sqliteSql ?? "")];
}

function split(sql: string): string[] {
  return sql
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
