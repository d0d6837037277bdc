/** The most that Bedrock's guardrails can cost for one call at a target: those in the call, and the checks before and after it. Pure. */
import { isJsonObject, type JsonObject, type JsonValue, type PriceTable, dearestCost } from "@adit/bedrock";
import type { Hook } from "../../guardrails/hook.ts";
import type { GuardrailUse } from "../../guardrails/guardrail-use.ts";
import type { FoundHooks } from "../../guardrails/find-hooks.ts";
import { isJudgedNumber } from "../../guardrails/texts-in-parts.ts";
import { nothingUsed, sum } from "../../limits/charge/charge-sums.ts";
import type { LimitCharge } from "../../limits/limit.ts";
import type { Target } from "../../routing/plan/plan.ts";

/** Guardrails count a unit for each thousand characters of each block, by each policy. */
const charactersOfUnit = 1_000;
/** The longest token of the models' vocabularies that are public: a run of blanks. */
const mostCharactersOfToken = 128;

/** A text to be judged, and in how many pieces at most. */
export interface JudgedSize {
  characters: number;
  blocks: number;
}

/** What of a call its guardrails may be shown. */
export interface JudgedCall {
  asked: JudgedSize;
  answered: JudgedSize;
}

/** Of a request: no text has more characters than the body has bytes, and no more texts are in it than strings, and numbers that are judged. */
export function askedSize({ body, text }: { body: JsonObject; text: Buffer | string }): JudgedSize {
  return { characters: Buffer.byteLength(text), blocks: stringsIn(body) };
}

/** Of an answer of so many tokens. */
export function answeredSize(outputTokens: number): JudgedSize {
  return { characters: outputTokens * mostCharactersOfToken, blocks: 1 };
}

/** What tools were called with may be written as a text that holds JSON: each of its strings is judged by itself. */
const argumentNames = new Set(["arguments", "input"]);

function stringsIn(value: JsonValue | undefined, isArguments = false): number {
  if (typeof value === "string") return isArguments ? 1 + quotesIn(value) / 2 + numbersIn(value) : 1;
  if (isJudgedNumber(value)) return 1;
  if (Array.isArray(value)) return value.reduce<number>((count, entry) => count + stringsIn(entry), 0);
  if (!isJsonObject(value)) return 0;
  return Object.entries(value).reduce((count, [name, entry]) => count + stringsIn(entry, argumentNames.has(name)), 0);
}

/** Of a text that may be JSON; even, so that halves are whole. */
function quotesIn(text: string): number {
  if (!/^\s*[[{]/.test(text)) return 0;
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count += 1;
  return count + (count % 2);
}

function numbersIn(text: string): number {
  return /^\s*[[{]/.test(text) ? (text.match(/\d{7}|\de/gi)?.length ?? 0) : 0;
}

function unitsOf({ characters, blocks }: JudgedSize): number {
  return Math.ceil(characters / charactersOfUnit) + blocks;
}

/** True where a body, or a target's own parameters, ask for a guardrail in the call. */
export function asksForGuardrail(body: JsonObject): boolean {
  return isJsonObject(body["guardrailConfig"]) || isJsonObject(body["guardrail_config"]);
}

/** Of guardrails in the call, for request and answer. */
export function inCallBound({ asked, answered }: JudgedCall, region: string, prices: PriceTable): LimitCharge {
  return unitsCharge(policiesIn(prices), unitsOf(asked) + unitsOf(answered), { regions: [region], prices });
}

/** Of the checks of a target's hooks; `isLate`: of those alone that nobody waits for. */
export interface CheckBounds {
  before: LimitCharge;
  after: LimitCharge;
}

export function checkBounds(
  { before, after }: FoundHooks,
  call: JudgedCall,
  place: { target: Pick<Target, "region">; prices: PriceTable; isLate?: boolean },
): CheckBounds {
  const of = (hooks: readonly Hook[], size: JudgedSize): LimitCharge =>
    hooks
      .filter(({ isAsync }) => isAsync || place.isLate !== true)
      .flatMap(({ checks }) => checks)
      .map(({ ready }) => {
        const { bills, region, virtualKey } = ready;
        if (bills === undefined) return nothingUsed;
        const names = bills === "policies" ? policiesIn(place.prices) : bills;
        const regions = regionsOf({ region, virtualKey }, place);
        return unitsCharge(names, unitsOf(size), { regions, prices: place.prices });
      })
      .reduce(sum, nothingUsed);
  return { before: of(before, call.asked), after: of(after, call.answered) };
}

/** A virtual key may have a region of its own: then the dearest counts. */
function regionsOf(
  { region, virtualKey }: { region: string | undefined; virtualKey: string | undefined },
  { target, prices }: { target: Pick<Target, "region">; prices: PriceTable },
): string[] {
  if (region !== undefined) return [region];
  if (virtualKey === undefined) return [target.region];
  return [target.region, ...prices.guardrails.flatMap(({ regions }) => regions ?? [])];
}

/** What a check's call may have used at the most, where AWS did not say; what has no price is not known. */
export function useAtMost(use: GuardrailUse, prices: PriceTable): GuardrailUse {
  const { units, shown } = use;
  if (units !== undefined || shown === undefined) return use;
  const names = namesOf(shown, prices);
  if (names.length === 0) return use;
  const most = unitsOf(askedSize({ body: shown, text: JSON.stringify(shown) }));
  return { ...use, units: Object.fromEntries(names.map((name) => [name, most])) };
}

/** The checks that need no guardrail stand in the body by their names. */
function namesOf({ checks }: JsonObject, prices: PriceTable): string[] {
  if (!isJsonObject(checks)) return policiesIn(prices);
  const names = prices.guardrails.flatMap(({ units }) => [...units.keys()]);
  return [...new Set(names)].filter((name) => checks[name.split(".", 1)[0] ?? ""] !== undefined);
}

/** Units of policies by their names; those of checks that need no guardrail have a check's name before a dot. */
function policiesIn(prices: PriceTable): string[] {
  const names = prices.guardrails.flatMap(({ units }) => [...units.keys()]);
  return [...new Set(names)].filter((name) => !name.includes("."));
}

/** So many units of each name. What has no price is in no sum. */
function unitsCharge(
  names: readonly string[],
  units: number,
  { regions, prices }: { regions: readonly string[]; prices: PriceTable },
): LimitCharge {
  const guardrailUnits = Object.fromEntries(names.map((name) => [name, units]));
  const places = regions.map((region) => ({ model: "", region }));
  const cost = dearestCost({ guardrailUnits }, places, prices);
  const costNano = Object.values(cost.parts).reduce((total, part) => total + part, 0n);
  // Without any price it is not free: it is not known.
  return { tokens: 0, costNano, ...((!cost.known || names.length === 0) && { isPartial: true }) };
}
