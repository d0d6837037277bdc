import { factsOfModel } from "./facts-of-model.ts";
import { stripGeography } from "./geography.ts";
import { isMantleName } from "./mantle.ts";
import { parseModelArn } from "./model-arn.ts";
import { modelRows } from "./model-data.ts";

/** No id is longer; what a caller wrote beyond this says nothing more, and bounds the work. */
const longest = 80;
/** Below this likeness (0 to 1) a suggestion is a guess in the dark. */
const leastLikeness = 0.45;
/** Shorter texts are within too many ids. */
const shortestPart = 4;

interface Candidate {
  id: string;
  shape: string;
  /** The shape without its date and version. */
  stem: string;
  parts: ReadonlySet<string>;
}

/** Names of bedrock-mantle's alone are none: Converse serves most of these models by a name of its own, and that is what is meant. */
const candidates: readonly Candidate[] = [...modelRows]
  .filter(([id, row]) => row.lifecycle !== "retired" && !isMantleName(id))
  .map(([id]) => ({ id, ...likenessOf(id) }));

/** How rare a part is among the ids: `anthropic` says little, `maverick` says all. */
const rarities: ReadonlyMap<string, number> = rarityOfParts();
const rarityOfStrangers = Math.log(1 + candidates.length);

/**
 * The ids that look most like `id`, the likest first, for "did you mean": none where nothing is near. An id with a geography is
 * answered with that geography's profiles where they exist.
 */
export function nearestModelIds(id: string, limit = 3): string[] {
  const name = parseModelArn(id)?.resourceId ?? id;
  const { geography, baseId } = stripGeography(name.slice(0, longest).trim().toLowerCase());
  const asked = likenessOf(baseId);
  return candidates
    .filter((candidate) => candidate.id !== baseId)
    .map((candidate) => ({ id: candidate.id, likeness: likeness(asked, candidate) }))
    .filter((scored) => scored.likeness >= leastLikeness)
    .toSorted((left, right) => right.likeness - left.likeness || (left.id < right.id ? -1 : 1))
    .slice(0, limit)
    .map((scored) => inGeography(scored.id, geography));
}

/** Regions where the model is offered, those that are known: more may exist. */
export function regionsOfModel(id: string): readonly string[] {
  return factsOfModel(id).regions;
}

function inGeography(id: string, geography: string | undefined): string {
  return geography !== undefined && modelRows.get(id)?.geographies?.includes(geography) === true
    ? `${geography}.${id}`
    : id;
}

function likenessOf(id: string): Omit<Candidate, "id"> {
  const shape = shapeOf(id);
  const stem = shape.replace(/-(?:20\d{6}|v\d)(?:-.*)?$/, "");
  // A version alone tells models apart (Titan's embeddings); behind a date it says nothing more.
  return { shape, stem, parts: partsOf(id.replace(/-20\d{6}(?:-.*)?$/, "")) };
}

/** People write `.` for `-`, and spaces. */
function shapeOf(id: string): string {
  return id.replaceAll(/[^a-z0-9]+/g, "-");
}

/** `meta.llama3-3-70b` and `Llama 3.3 70b` have the same parts. */
function partsOf(id: string): ReadonlySet<string> {
  return new Set(id.split(/[^a-z0-9]+|(?<=[a-z]{3})(?=\d)/).filter((part) => part !== ""));
}

function rarityOfParts(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const part of candidates.flatMap((candidate) => [...candidate.parts])) {
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  return new Map([...counts].map(([part, count]) => [part, Math.log(1 + candidates.length / count)]));
}

/** Half spelling, half shared parts: the one finds a slip of the finger, the other parts in another order or left out. */
function likeness(asked: Omit<Candidate, "id">, { shape, stem, parts }: Candidate): number {
  // People do not remember the dates in ids, so slips in a name are counted as if neither id had one.
  const spelling = Math.max(alike(asked.shape, shape), alike(asked.stem, stem));
  const weightAsked = weight(asked.parts);
  const weightShared = weight([...asked.parts].filter((part) => parts.has(part)));
  return (spelling + (weightAsked === 0 ? 0 : weightShared / weightAsked)) / 2;
}

function alike(left: string, right: string): number {
  return isPartOf(left, right) ? 1 : 1 - editDistance(left, right) / Math.max(left.length, right.length);
}

/** One within the other: `claude-sonnet-4-5` without provider and date, or with a date that the model does not have. */
function isPartOf(left: string, right: string): boolean {
  return left.length >= shortestPart && (right.includes(left) || left.includes(right));
}

function weight(parts: Iterable<string>): number {
  let sum = 0;
  for (const part of parts) {
    sum += rarities.get(part) ?? rarityOfStrangers;
  }
  return sum;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 0; i < left.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < right.length; j += 1) {
      const replaced = (row[j] ?? 0) + (left[i] === right[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
