/** Calls that have just been written, added up in memory and then to the sums: however many calls, each row of sums is touched once. */
import { createHash } from "node:crypto";
import type { Engine } from "../store/engine.ts";
import type { Writing } from "../store/store.ts";
import { hashOf } from "./call-marks.ts";
import type { CallRecord } from "./call-record.ts";
import {
  addMeasures,
  dimensionsOf,
  hourMs,
  measuresOf,
  minuteMs,
  minutesKeptMs,
  pairMeasures,
  sumDimensions,
  sumMeasures,
  type Dimensions,
  type Measures,
  type SumMeasure,
} from "./call-sums.ts";
import { insertAll, type Column, type RowValue } from "./row-insert.ts";

/** So many places are remembered. */
const mostPlaces = 100_000;

/** Combinations of dimensions that the database has: a gateway meets the same few again and again. */
export class KnownPlaces {
  #seqs = new Map<string, bigint>();

  seqOf(place: string): bigint | undefined {
    return this.#seqs.get(place);
  }

  /** After the transaction that wrote them: places are never taken away. */
  add(places: ReadonlyMap<string, { seq: bigint }>): void {
    if (this.#seqs.size + places.size > mostPlaces) this.#seqs = new Map();
    for (const [place, { seq }] of places) this.#seqs.set(place, seq);
  }
}

const placesOfStores = new WeakMap<object, KnownPlaces>();

/** Those that this store is known to have. */
export function knownPlacesOf(store: object): KnownPlaces {
  const known = placesOfStores.get(store) ?? new KnownPlaces();
  placesOfStores.set(store, known);
  return known;
}

interface Sum {
  /** The key in the order of its columns. */
  key: RowValue[];
  measures: Measures;
}

const placeColumns: readonly Column[] = [
  ["place_seq", "bigint"],
  ["project_id", "text"],
  ...sumDimensions.map((name): Column => [name, "text"]),
];
const sumKey: readonly Column[] = [
  ["project_mark", "bigint"],
  ["step_ms", "bigint"],
  ["at", "bigint"],
  ["place_seq", "bigint"],
];
const pairKey: readonly Column[] = [
  ["project_id", "text"],
  ["name", "text"],
  ["at", "bigint"],
  ["value", "text"],
];
const countMeasures = sumMeasures.filter((name) => !name.startsWith("ms_"));

export class SumRows {
  /** Places that the database may not have yet, by their dimensions. */
  readonly newPlaces = new Map<string, { seq: bigint; row: RowValue[] }>();
  readonly #known: KnownPlaces;
  readonly #oldestMinute: number;
  readonly #minutes = new Map<string, Sum>();
  readonly #pairs = new Map<string, Sum>();

  constructor(now: number, known: KnownPlaces) {
    this.#oldestMinute = now - minutesKeptMs;
    this.#known = known;
  }

  add(record: CallRecord): void {
    const { projectId, at, metadata } = record;
    const measures = measuresOf(record);
    const dimensions = dimensionsOf(record);
    const place = placeOf(projectId, dimensions);
    const seq = this.#seqOf(place, projectId, dimensions);
    const minute = at - (at % minuteMs);
    addTo(this.#minutes, `${minute} ${place}`, { key: [hashOf(projectId), minuteMs, minute, seq], measures });
    if (metadata === undefined) return;
    const hour = at - (at % hourMs);
    for (const [name, value] of Object.entries(metadata)) {
      const key = [projectId, name, hour, value];
      addTo(this.#pairs, key.join("\0"), { key, measures });
    }
  }

  async write(writing: Writing, engine: Engine): Promise<void> {
    const places = [...this.newPlaces.values()].map(({ row }) => row);
    const end = "on conflict (place_seq) do nothing";
    await insertAll(writing, { table: "call_places", columns: placeColumns, end }, places);
    await writeSums(writing, { table: "call_sums", key: sumKey, measures: sumMeasures, engine }, this.#placeSums());
    const pairs = { table: "metadata_sums", key: pairKey, measures: pairMeasures, engine };
    await writeSums(writing, pairs, sorted(this.#pairs));
  }

  /** Hours, and the minutes that are still kept. */
  #placeSums(): Sum[] {
    const sums = new Map<string, Sum>();
    for (const [name, minute] of this.#minutes) {
      const [project = 0, , at = 0, seq = 0] = minute.key;
      if (Number(at) >= this.#oldestMinute) sums.set(name, minute);
      const hour = Number(at) - (Number(at) % hourMs);
      addTo(sums, `hour ${hour} ${seq}`, { key: [project, hourMs, hour, seq], measures: minute.measures });
    }
    return sorted(sums);
  }

  #seqOf(place: string, projectId: string, dimensions: Dimensions): bigint {
    const known = this.#known.seqOf(place) ?? this.newPlaces.get(place)?.seq;
    if (known !== undefined) return known;
    const seq = createHash("sha256").update(place).digest().readBigUInt64BE() >> 1n;
    this.newPlaces.set(place, { seq, row: [seq, projectId, ...sumDimensions.map((name) => dimensions[name])] });
    return seq;
  }
}

function placeOf(projectId: string, dimensions: Dimensions): string {
  let text = projectId;
  for (const name of sumDimensions) text += `\0${dimensions[name]}`;
  return text;
}

function addTo(sums: Map<string, Sum>, place: string, { key, measures }: Sum): void {
  const known = sums.get(place);
  if (known === undefined) sums.set(place, { key, measures: { ...measures } });
  else addMeasures(known.measures, measures);
}

/** In one order for all gateways: two that add to the same rows wait for one another, and do not lock each other out. */
function sorted(sums: ReadonlyMap<string, Sum>): Sum[] {
  return [...sums.values()].toSorted(({ key: one }, { key: other }) => {
    for (const [index, value] of one.entries()) {
      const against = other[index] ?? null;
      if (value !== against && value !== null && against !== null) return value < against ? -1 : 1;
    }
    return 0;
  });
}

interface SumTable {
  table: string;
  key: readonly Column[];
  measures: readonly SumMeasure[];
  engine: Engine;
}

async function writeSums(writing: Writing, into: SumTable, sums: readonly Sum[]): Promise<void> {
  const { table, key, measures, engine } = into;
  if (engine === "postgres") {
    await insertAll(
      writing,
      additionTo(table, key, measures),
      sums.map((sum) => rowOf(sum, measures)),
    );
    return;
  }
  for (const some of byMeasures(sums, measures)) {
    await insertAll(
      writing,
      additionTo(table, key, some.measures),
      some.sums.map((sum) => rowOf(sum, some.measures)),
    );
  }
}

/**
 * Sums of one call have one time among many: they are written with it alone. There are few such statements, and they stay prepared; sums
 * of several times name them all.
 */
function byMeasures(
  sums: readonly Sum[],
  measures: readonly SumMeasure[],
): { measures: readonly SumMeasure[]; sums: Sum[] }[] {
  if (measures !== sumMeasures) return [{ measures, sums: [...sums] }];
  const groups = new Map<string, { measures: readonly SumMeasure[]; sums: Sum[] }>();
  for (const sum of sums) {
    const [time, second] = Object.keys(sum.measures).filter((name) => name.startsWith("ms_")) as SumMeasure[];
    const isOne = time !== undefined && second === undefined;
    const named = isOne ? [...countMeasures, time] : sumMeasures;
    const group = groups.get(isOne ? time : "all");
    if (group === undefined) groups.set(isOne ? time : "all", { measures: named, sums: [sum] });
    else group.sums.push(sum);
  }
  return [...groups.values()];
}

function additionTo(table: string, key: readonly Column[], measures: readonly SumMeasure[]) {
  const columns: Column[] = [...key, ...measures.map((name): Column => [name, "bigint"])];
  const added = measures.map((name) => `${name}=${table}.${name}+excluded.${name}`).join(",");
  const end = `on conflict (${key.map(([name]) => name).join(",")}) do update set ${added}`;
  return { table, columns, end };
}

function rowOf({ key, measures: counts }: Sum, measures: readonly SumMeasure[]): RowValue[] {
  return [...key, ...measures.map((name) => counts[name] ?? 0)];
}
