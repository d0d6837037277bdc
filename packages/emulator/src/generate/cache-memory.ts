/** The prompt cache: a prefix that ends in a cache point is written once and read by every later call that begins with it. */
import { createHash } from "node:crypto";
import type { Call } from "../validate/call.ts";
import { segmentsOf, type Segment } from "./prompt-segments.ts";

/** Prefixes that are kept, and until when, in milliseconds since 1970; the one that was used last stands last. */
export type CacheMemory = Map<string, number>;

/** Each use of a prefix keeps it for so long again (AWS's page of prompt caching). */
const lifeMs = { "5m": 5 * 60_000, "1h": 60 * 60_000 };
/** Beyond this number, the one that was used longest ago is forgotten, whether it has ended or not: some 20 MB. */
const mostKept = 100_000;

export interface PromptTokens {
  /** Neither read nor written. */
  input: number;
  read: number;
  write: number;
  /** Writes by time to live, the hour first, as AWS lists them. */
  writes: { ttl: "5m" | "1h"; inputTokens: number }[];
}

interface Prefix {
  key: string;
  tokens: number;
  ttl: "5m" | "1h";
  /** Prefixes that end so few blocks before it that Claude finds them, too. */
  earlier: readonly Omit<Prefix, "ttl" | "earlier">[];
}

/** How many blocks Claude looks back from a cache point for a prefix that it knows (AWS's page of prompt caching, "Simplified cache management"). */
const blocksBack = 20;

/** Tokens that a call needs beside its parts. */
const overhead = 3;

/** All tokens of the prompt, cached or not. */
export function tokensOfPrompt(call: Call): number {
  return tokensOfSegments(segmentsOf(call));
}

/** Counts the prompt and remembers its prefixes. Prefixes below the model's minimum are passed over, as on AWS. `now` in milliseconds. */
export function countPrompt(
  call: Call,
  region: string,
  { memory, now }: { memory: CacheMemory; now: number },
): PromptTokens {
  const segments = segmentsOf(call);
  const all = tokensOfSegments(segments);
  const prefixes = prefixesOf(segments, `${region}/${call.model.baseId}`).filter(
    ({ tokens }) => tokens >= call.traits.cacheMinimum,
  );
  const findable = call.traits.family === "claude" ? prefixes.flatMap(({ earlier }) => earlier) : [];
  const isKept = ({ key }: { key: string }) => (memory.get(key) ?? -Infinity) > now;
  const known = [...prefixes, ...findable].filter(isKept);
  const read = Math.max(0, ...known.map(({ tokens }) => tokens));
  const counts = { "1h": 0, "5m": 0 };
  let written = read;
  for (const { tokens, ttl } of prefixes) {
    if (tokens <= written) continue;
    counts[ttl] += tokens - written;
    written = tokens;
  }
  for (const { key, ttl, earlier } of prefixes)
    for (const used of [key, ...earlier.filter(isKept).map((each) => each.key)])
      keep(memory, used, Math.max(memory.get(used) ?? 0, now + lifeMs[ttl]));
  const writes = (["1h", "5m"] as const)
    .filter((ttl) => counts[ttl] > 0)
    .map((ttl) => ({ inputTokens: counts[ttl], ttl }));
  return { input: all - written, read, write: written - read, writes };
}

function keep(memory: CacheMemory, key: string, until: number): void {
  memory.delete(key);
  memory.set(key, until);
  const [longestUnused] = memory.keys();
  if (memory.size > mostKept && longestUnused !== undefined) memory.delete(longestUnused);
}

function tokensOfSegments(segments: readonly Segment[]): number {
  return overhead + segments.reduce((sum, segment) => sum + (segment.kind === "content" ? segment.tokens : 0), 0);
}

function prefixesOf(segments: readonly Segment[], place: string): Prefix[] {
  const hash = createHash("sha256").update(place);
  const prefixes: Prefix[] = [];
  if (!segments.some(({ kind }) => kind === "cachePoint")) return prefixes;
  const ends: { key: string; tokens: number }[] = [];
  let tokens = 0;
  for (const segment of segments) {
    if (segment.kind === "cachePoint") {
      const { key = hash.copy().digest("hex") } = ends.at(-1) ?? {};
      prefixes.push({ key, tokens, ttl: segment.point.ttl ?? "5m", earlier: ends.slice(-1 - blocksBack, -1) });
    } else {
      hash.update(JSON.stringify(segment.value)).update("\n");
      tokens += segment.tokens;
      ends.push({ key: hash.copy().digest("hex"), tokens });
    }
  }
  return prefixes;
}
