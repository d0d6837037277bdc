/** Calls that have just been written, added up in memory and then to the sums: however many calls, each row of sums is touched once. */
import { createHash } from "node:crypto";
import type { Writing } from "../../store/store.ts";
import { hashOf } from "../search/call-marks.ts";
import type { CallRecord } from "../record/call-record.ts";
import {
  costPlace,
  countMeasures,
  countsOf,
  dimensionsOf,
  hourMs,
  latencyMeasures,
  minuteMs,
  minutesKeptMs,
  pairMeasures,
  sumDimensions,
  sumMeasures,
  type Counts,
  type Dimensions,
  type SumMeasure,
} from "../analytics/call-sums.ts";
import { insertAll, type Column, type Insertion, type RowValue } from "./row-insert.ts";

/** So many places are remembered. */
const mostPlaces = 100_000;

/** Combinations of dimensions that the database has: a gateway meets the same few again and again. */
class KnownPlaces {
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

interface Sum extends Counts {
  /** The key in the order of its columns. */
  key: RowValue[];
  /** Calls by their time, where they took several. */
  times: number[] | undefined;
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
const pairPlaces = pairMeasures.map((name) => countMeasures.indexOf(name));

/** Of pairs of metadata, by the hour. */
export class PairSums {
  readonly #sums = new Map<string, Sum>();

  add({ projectId, at, metadata = {} }: Pick<CallRecord, "projectId" | "at" | "metadata">, counts: Counts): void {
    const hour = at - (at % hourMs);
    for (const name of Object.keys(metadata)) {
      const value = metadata[name] ?? "";
      const place = `${projectId}\0${name}\0${hour}\0${value}`;
      const known = this.#sums.get(place);
      if (known === undefined) this.#sums.set(place, sumOf([projectId, name, hour, value], counts));
      else addTo(known, counts);
    }
  }

  async write(writing: Writing): Promise<void> {
    const rows = sorted([...this.#sums.values()]).map((sum) => [
      ...sum.key,
      ...pairPlaces.map((at) => countAt(sum, at)),
    ]);
    await insertAll(writing, additionTo("metadata_sums", pairKey, pairMeasures), rows);
  }
}

export class SumRows {
  /** Places that the database may not have yet, by their dimensions. */
  readonly newPlaces = new Map<string, { seq: bigint; row: RowValue[] }>();
  readonly #known: KnownPlaces;
  readonly #oldestMinute: number;
  readonly #minutes = new Map<string, Sum>();
  readonly #pairs = new PairSums();

  constructor(now: number, known: KnownPlaces) {
    this.#oldestMinute = now - minutesKeptMs;
    this.#known = known;
  }

  /** `counts`: of the call, or what has become different of it. */
  add(record: CallRecord, counts: Counts = countsOf(record)): void {
    const { projectId, at } = record;
    const dimensions = dimensionsOf(record);
    const place = placeOf(projectId, dimensions);
    const minute = at - (at % minuteMs);
    const name = `${minute} ${place}`;
    const known = this.#minutes.get(name);
    if (known === undefined) {
      const seq = this.#seqOf(place, projectId, dimensions);
      this.#minutes.set(name, sumOf([hashOf(projectId), minuteMs, minute, seq], counts));
    } else {
      addTo(known, counts);
    }
    this.#pairs.add(record, counts);
  }

  async write(writing: Writing): Promise<void> {
    const places = [...this.newPlaces.values()].map(({ row }) => row);
    const end = "on conflict (place_seq) do nothing";
    await insertAll(writing, { table: "call_places", columns: placeColumns, end }, places);
    for (const { measures, rows } of byTimes(this.#placeSums(), writing.prepare !== undefined)) {
      await insertAll(writing, additionTo("call_sums", sumKey, measures), rows);
    }
    await this.#pairs.write(writing);
  }

  /** Hours, and the minutes that are still kept. */
  #placeSums(): Sum[] {
    const minutes = [...this.#minutes.values()];
    const hours = new Map<string, Sum>();
    for (const minute of minutes) {
      const [project = 0, , at = 0, seq = 0] = minute.key;
      const hour = Number(at) - (Number(at) % hourMs);
      const name = `${hour} ${seq}`;
      const known = hours.get(name);
      if (known === undefined) hours.set(name, sumOf([project, hourMs, hour, seq], minute));
      else addTo(known, minute);
    }
    return sorted([...minutes.filter(({ key }) => Number(key[2]) >= this.#oldestMinute), ...hours.values()]);
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

type Added = Counts & Partial<Pick<Sum, "times">>;

function sumOf(key: RowValue[], { counts, costNano, time, times }: Added): Sum {
  return { key, counts: [...counts], costNano, time, times: times && [...times] };
}

function addTo(sum: Sum, more: Added): void {
  if (sum.times !== undefined || more.times !== undefined || sum.time !== more.time) {
    sum.times ??= timesOf(sum);
    for (const [place, calls] of timesOf(more).entries()) sum.times[place] = (sum.times[place] ?? 0) + calls;
  }
  for (let place = 0; place < sum.counts.length; place += 1) {
    sum.counts[place] = (sum.counts[place] ?? 0) + (more.counts[place] ?? 0);
  }
  sum.costNano += more.costNano;
}

/** Calls by their time. Without `times` they all took the same. */
function timesOf({ times, time, counts: [requests = 0] }: Added): number[] {
  if (times !== undefined) return times;
  const all = latencyMeasures.map(() => 0);
  all[time] = requests;
  return all;
}

function countAt({ counts, costNano }: Sum, place: number): RowValue {
  return place === costPlace ? costNano : (counts[place] ?? 0);
}

/** In one order for all gateways: two that add to the same rows wait for one another, and do not lock each other out. */
function sorted(sums: readonly Sum[]): Sum[] {
  return sums.toSorted(({ key: one }, { key: other }) => {
    for (let index = 0; index < one.length; index += 1) {
      const value = one[index] ?? 0;
      const against = other[index] ?? 0;
      if (value !== against) return value < against ? -1 : 1;
    }
    return 0;
  });
}

interface RowsOfSums {
  measures: readonly SumMeasure[];
  rows: RowValue[][];
}

/**
 * A row of sums has a column for each time, and most calls of a batch that go to one row took the same. On SQLite such rows name that
 * one alone: there are few such statements, and they stay prepared. A server is asked once, for all.
 */
function byTimes(sums: readonly Sum[], isApart: boolean): RowsOfSums[] {
  const groups = new Map<number, RowsOfSums>();
  for (const sum of sums) {
    const place = isApart && sum.times === undefined ? sum.time : -1;
    const times = place === -1 ? timesOf(sum) : [sum.counts[0] ?? 0];
    const row = [...sum.key, ...countMeasures.map((_name, at) => countAt(sum, at)), ...times];
    const group = groups.get(place);
    if (group !== undefined) group.rows.push(row);
    else groups.set(place, { measures: place === -1 ? sumMeasures : [...countMeasures, `ms_${place}`], rows: [row] });
  }
  return [...groups.values()];
}

function additionTo(table: string, key: readonly Column[], measures: readonly SumMeasure[]): Insertion {
  const columns: Column[] = [...key, ...measures.map((name): Column => [name, "bigint"])];
  const added = measures.map((name) => `${name}=${table}.${name}+excluded.${name}`).join(",");
  const end = `on conflict (${key.map(([name]) => name).join(",")}) do update set ${added}`;
  return { table, columns, end };
}
