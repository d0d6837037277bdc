/**
 * Everything but secrets and the ledger as JSON lines, to move between stores, engines and version control. A first line says what it is;
 * the last that it is whole, and each of the others is a row. What a secret can be made from stays behind: sealed records, hashes of keys and passwords, sessions.
 */
import { AditError, isJsonObject } from "@adit/bedrock";
import { sql } from "kysely";
import { recordChange } from "./audit.ts";
import type { ChangeKind } from "./changes/change.ts";
import { followIntegrations } from "./followed-keys.ts";
import { dropMovedSecret, keepOneDefault, noteDefault } from "./imported-rows.ts";
import { migrations } from "./migrations/list.ts";
import { storeError } from "./store-faults.ts";
import type { Database, Store, Writing } from "./store.ts";
import type { Tables } from "./tables/tables.ts";
import { isExact } from "./engines/whole-numbers.ts";

interface Travelling {
  /** The columns that tell rows apart. */
  key: readonly [string, ...string[]];
  /** The column by which a row points to another of its own table. */
  parent?: string;
  /** Columns that stay behind. */
  without?: readonly string[];
  /**
   * Columns in which the larger figure stays: what was spent since the export was made is spent, no round of recalls comes twice, and newer
   * versions of what a prompt says stay beside the one that is published.
   */
  grows?: readonly string[];
  /** What caches know the rows as. */
  kind?: ChangeKind;
}

/** In an order in which no row comes before one that it points to. */
const travelling = {
  projects: { key: ["id"], kind: "project" },
  people: { key: ["id"], kind: "person", without: ["passwordHash", "failedSignIns", "lockedUntil"] },
  projectMembers: { key: ["personId", "projectId"], kind: "person" },
  settings: { key: ["name"], kind: "setting" },
  virtualKeys: { key: ["id"], kind: "virtual_key" },
  gatewayKeys: { key: ["id"], kind: "gateway_key" },
  accessKeyPairs: { key: ["id"], kind: "access_key_pair" },
  configs: { key: ["id"], kind: "config" },
  configVersions: { key: ["id"] },
  guardrails: { key: ["id"], kind: "guardrail" },
  guardrailVersions: { key: ["id"] },
  connectors: { key: ["id"], kind: "connector" },
  promptCollections: { key: ["id"], parent: "parentId" },
  promptLabels: { key: ["id"] },
  prompts: { key: ["id"], kind: "prompt", grows: ["currentVersion"] },
  promptVersions: { key: ["id"] },
  promptVersionLabels: { key: ["promptId", "labelId"], kind: "prompt" },
  promptPartials: { key: ["id"], kind: "prompt_partial", grows: ["currentVersion"] },
  promptPartialVersions: { key: ["id"] },
  budgets: { key: ["id"], kind: "budget" },
  rateLimits: { key: ["id"], kind: "rate_limit" },
  limitWindows: {
    key: ["limitId", "bucket", "windowStart"],
    grows: ["settledAmount", "overAmount", "unpricedCalls", "recallRound", "recalledAt"],
  },
  limitAlerts: { key: ["id"] },
  logSettings: { key: ["projectId"], kind: "log_settings" },
  logViews: { key: ["id"] },
  feedback: { key: ["id"] },
  auditLog: { key: ["id"] },
} as const satisfies Partial<Record<keyof Tables, Travelling>>;

type TravellingTable = keyof typeof travelling;

export const travellingTables = Object.keys(travelling) as TravellingTable[];

/** Tables that stay behind, each with its reason. Every table is here or above: a test holds that. */
export const staysBehind: Readonly<Partial<Record<keyof Tables, string>>> = {
  sealedRecords: "secrets",
  masterKeys: "belong to the secrets",
  virtualKeyTests: "are of secrets, which stay behind",
  gatewayKeyHashes: "made from secrets, and of no use without the vault",
  sessions: "let people in",
  signInStrangers: "belong to tries to get in",
  idempotencyKeys: "may hold replies that showed a key",
  changes: "messages between gateways",
  limitLeases: "belong to gateways that run",
  limitHolders: "are gateways that run",
  calls: "may be millions: they leave by the exports of the logs",
  callMetadata: "belong to the calls",
  callPlaces: "belong to the calls",
  callSums: "belong to the calls",
  metadataSums: "belong to the calls",
  callContents: "belong to the calls",
  callContentPairs: "belong to the contents",
  logExports: "are made from the calls",
  storedResponses: "are content, as that of the calls",
  storedResponsePairs: "belong to the stored responses",
};

const pageRows = 500;

interface Heading {
  aditExport: 1;
  schemaVersion: number;
  exportedAt: number;
}

/** Without it a file that was cut off, as by a full disk, would be read in as if it were all there was. */
const lastLine = JSON.stringify({ aditExportEnd: true });

type Cells = Record<string, unknown>;

/** The lines, without their ends. All but the audit log, which only grows, is as it was at one moment. */
export async function* exportLines(store: Store): AsyncGenerator<string> {
  const heading: Heading = { aditExport: 1, schemaVersion: migrations.length, exportedAt: store.clock.now() };
  yield JSON.stringify(heading);
  yield* await store.snapshot(async (db) => {
    const lines: string[] = [];
    for (const table of travellingTables.filter((name) => name !== "auditLog")) {
      for (const row of await rowsOf(db, table)) lines.push(lineOf(table, row));
    }
    return lines;
  });
  for (let after = ""; ;) {
    const page = await store.read((db) =>
      db.selectFrom("auditLog").selectAll().where("id", ">", after).orderBy("id").limit(pageRows).execute(),
    );
    for (const row of page) yield lineOf("auditLog", { ...row });
    const last = page.at(-1);
    if (last === undefined || page.length < pageRows) break;
    after = last.id;
  }
  yield lastLine;
}

async function rowsOf(db: Database, table: TravellingTable): Promise<Cells[]> {
  const { key, parent }: Travelling = travelling[table];
  const order = sql.join(key.map((name) => sql.ref(name)));
  const { rows } = await sql<Cells>`select * from ${sql.table(table)} order by ${order}`.execute(db);
  return parent === undefined ? rows : parentsFirst(rows, parent);
}

/** Ids are by age, but of several gateways' clocks: a parent's may be the younger one. */
function parentsFirst(rows: readonly Cells[], parent: string): Cells[] {
  const known = new Map(rows.map((row) => [row["id"], row]));
  const ordered = new Set<Cells>();
  for (const row of rows) {
    const line: Cells[] = [];
    // An edited export may have led in a circle: it ends where it began.
    const isNew = (one: Cells): boolean => !ordered.has(one) && !line.includes(one);
    for (let next: Cells | undefined = row; next !== undefined && isNew(next); next = known.get(next[parent])) {
      line.unshift(next);
    }
    for (const one of line) ordered.add(one);
  }
  return [...ordered];
}

/** Money does not fit JSON's numbers: it travels as text. */
function lineOf(table: TravellingTable, row: Cells): string {
  const { without = [] }: Travelling = travelling[table];
  const kept = Object.entries(row).filter(([name]) => !without.includes(name));
  const cells = kept.map(([name, value]) => [name, typeof value === "bigint" ? String(value) : value]);
  return JSON.stringify({ table, row: Object.fromEntries(cells) });
}

/**
 * Reads an export into a store: all of it or nothing. A row takes the place of the one with its key; rows that are not in it stay, and what
 * limits have counted since.
 * The audit log says that it was done. Gives the number of rows. Virtual keys that had a secret, gateway keys and people get new ones afterwards.
 * @throws AditError `invalid_request` that names the line.
 */
export async function importLines(store: Store, lines: AsyncIterable<string> | Iterable<string>): Promise<number> {
  return store.write(async (writing) => {
    let number = 0;
    let rows = 0;
    let exportedAt: unknown;
    let isWhole = false;
    const defaults = new Map<string, string>();
    for await (const line of lines) {
      number += 1;
      if (number === 1) {
        ({ exportedAt } = checkHeading(line));
      } else if (line.trim() === lastLine) {
        isWhole = true;
      } else if (line.trim() !== "") {
        const { table, row } = await importLine(writing, line, number);
        if (table === "configs") noteDefault(defaults, row);
        rows += 1;
      }
    }
    if (number === 0) throw faultAt(1, "the export is empty");
    if (!isWhole) throw notWhole(number);
    await bringAlong(writing);
    await keepOneDefault(writing, defaults);
    // What was tested here may be another now.
    await writing.db.deleteFrom("virtualKeyTests").execute();
    const told = { actor: { kind: "command" }, action: "store.import", object: { id: "store" } } as const;
    await recordChange(writing, { ...told, after: { rows, exportedAt } }, store.clock);
    return rows;
  });
}

/** Those that follow a virtual key, and may not be in the file. */
async function bringAlong(writing: Writing): Promise<void> {
  await followIntegrations(writing.db);
  const followers = writing.db.selectFrom("virtualKeys").select("id").where("integrationId", "is not", null);
  for (const { id } of await followers.execute()) writing.changed("virtual_key", id);
}

function checkHeading(line: string): Cells {
  const heading = parsed(line, 1);
  if (heading["aditExport"] !== 1) throw faultAt(1, "this is no export of Adit's");
  const version = heading["schemaVersion"];
  if (version !== migrations.length) {
    throw faultAt(1, `the export has schema version ${String(version)}, this version of Adit has ${migrations.length}`);
  }
  return heading;
}

async function importLine(
  writing: Writing,
  line: string,
  number: number,
): Promise<{ table: TravellingTable; row: Cells }> {
  const { table, row } = parsed(line, number);
  if (typeof table !== "string" || !Object.hasOwn(travelling, table)) {
    throw faultAt(number, `there is no table ${JSON.stringify(table)} to read into`);
  }
  if (!isJsonObject(row)) throw faultAt(number, "row must be an object");
  const name = table as TravellingTable;
  const { key, kind, without = [], grows = [] }: Travelling = travelling[name];
  const columns = Object.keys(row);
  const barred = columns.find((column) => without.includes(column));
  if (barred !== undefined) throw faultAt(number, `row.${barred} does not travel`);
  const missing = key.find((column) => !columns.includes(column));
  if (missing !== undefined) throw faultAt(number, `row.${missing} is missing`);
  const names = columns.map((column) => sql.ref(column));
  const values = columns.map((column) => cell(row[column], `row.${column}`, number));
  const rest = columns.filter((column) => !key.includes(column));
  const updates = rest.map((column) => {
    const [given, kept] = [sql.ref(`excluded.${column}`), sql.ref(`${name}.${column}`)];
    const value = grows.includes(column) ? sql`case when ${kept} > ${given} then ${kept} else ${given} end` : given;
    return sql`${sql.ref(column)} = ${value}`;
  });
  try {
    await dropMovedSecret(writing, name, row);
    await sql`insert into ${sql.table(name)} (${sql.join(names)}) values (${sql.join(values)})
      on conflict (${sql.join(key.map((column) => sql.ref(column)))})
      do ${updates.length === 0 ? sql`nothing` : sql`update set ${sql.join(updates)}`}`.execute(writing.db);
  } catch (cause) {
    const fault = storeError(cause);
    if (AditError.isInstance(fault)) throw fault;
    throw faultAt(number, `the database refused the row: ${cause instanceof Error ? cause.message : ""}`, cause);
  }
  const id = row[key[0]];
  if (kind !== undefined && typeof id === "string") writing.changed(kind, id);
  return { table: name, row };
}

function cell(value: unknown, path: string, number: number): string | number | bigint | null {
  if (value === null || typeof value === "number") return value;
  if (typeof value !== "string") throw faultAt(number, `${path} must be a string, a number or null`);
  return isExact(path) && /^-?\d{1,19}$/.test(value) ? BigInt(value) : value;
}

function parsed(line: string, number: number): Cells {
  try {
    const value: unknown = JSON.parse(line);
    if (isJsonObject(value)) return value;
  } catch {
    // Said below, as for what is JSON but no object.
  }
  throw faultAt(number, "it is no JSON object");
}

/** Exports of some earlier versions had no last line: whoever has one must be told, or looks for what was cut off. */
function notWhole(number: number): AditError {
  const words = `Line ${number} of the export is not its last, which is ${lastLine}: the export was cut off behind it, or was made before exports had such a line.`;
  return new AditError("invalid_request", words, {
    remedy:
      "Nothing was read in. Export anew with this version; where that cannot be done and you know the file to be whole, add that line at its end.",
  });
}

function faultAt(number: number, words: string, cause?: unknown): AditError {
  return new AditError("invalid_request", `Line ${number} of the export: ${words}.`, {
    remedy: "Nothing was read in. Mend the line, or export anew, and try again.",
    cause,
  });
}
