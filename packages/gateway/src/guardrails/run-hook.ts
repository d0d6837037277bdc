/** Runs one guardrail over texts: those of its checks that ask nobody first, so that who is asked sees what they have redacted. */
import type { JsonObject } from "@adit/bedrock";
import type { CheckContext, Judgement } from "./check.ts";
import type { Hook, HookCheck } from "./hook.ts";
import { hookResult, type CheckResult, type HookResult } from "./hook-result.ts";
import { withTexts, type PlacedText } from "./message-text.ts";

/** What is judged, and changed on the way. */
export interface Judged {
  /** The request's body, or the answer's. */
  body: JsonObject;
  /** Counts the changes. */
  version: number;
  textsOf(body: JsonObject, scope: HookCheck["scope"]): PlacedText[];
  /** The context of a check over this body. */
  contextOf(body: JsonObject): CheckContext;
}

export type Now = () => number;

/** Never rejects but with AditError of the caller's own fault. */
export async function runHook(hook: Hook, judged: Judged, now: Now): Promise<HookResult> {
  const startedAt = now();
  const run = (check: HookCheck): CheckRun => startCheck(check, judged, now);
  const results = hook.isSequential
    ? await inTurn(hook.checks, async (check) => finishCheck(run(check), judged, now))
    : await together(hook.checks, run, (started) => finishCheck(started, judged, now));
  return hookResult(hook, results, { startedAt, now: now() });
}

/** The same where no check asks anybody; undefined where one does. Used where nobody can wait. */
export function runHookAtOnce(hook: Hook, judged: Judged, now: Now): HookResult | undefined {
  const startedAt = now();
  const results: CheckResult[] = [];
  for (const check of hook.checks) {
    const started = startCheck(check, judged, now);
    if (started.outcome instanceof Promise) {
      started.outcome.catch(() => {});
      return undefined;
    }
    results.push(applied(started, started.outcome, judged, now));
  }
  return hookResult(hook, results, { startedAt, now: now() });
}

interface CheckRun {
  check: HookCheck;
  startedAt: number;
  /** The judged texts' version when it began. */
  version: number;
  placed: PlacedText[];
  outcome: Judgement | Promise<Judgement>;
}

function startCheck(check: HookCheck, judged: Judged, now: Now): CheckRun {
  const placed = judged.textsOf(judged.body, check.scope);
  const begun = { check, startedAt: now(), version: judged.version, placed };
  try {
    const texts = placed.map(({ text }) => text);
    return { ...begun, outcome: check.ready.judge(texts, judged.contextOf(judged.body)) };
  } catch (error) {
    return { ...begun, outcome: failed(error) };
  }
}

async function finishCheck(started: CheckRun, judged: Judged, now: Now): Promise<CheckResult> {
  const judgement = await settled(started.outcome);
  const isChange = judgement.texts !== undefined || judgement.request !== undefined;
  // Another check has changed the texts meanwhile: what this one made of the old ones would undo that.
  if (isChange && judged.version !== started.version) {
    const again = startCheck(started.check, judged, now);
    return applied({ ...again, startedAt: started.startedAt }, await settled(again.outcome), judged, now);
  }
  return applied(started, judgement, judged, now);
}

function applied(started: CheckRun, judgement: Judgement, judged: Judged, now: Now): CheckResult {
  const { check, startedAt, placed } = started;
  const before = judged.body;
  if (judgement.request !== undefined) judged.body = kept(judgement.request, before);
  else if (judgement.texts !== undefined) judged.body = withTexts(before, changedTexts(placed, judgement.texts));
  const isChanged = judged.body !== before;
  if (isChanged) judged.version += 1;
  const { error } = judgement;
  const isExcused = error !== undefined && !check.failsOnError;
  return {
    id: check.id,
    verdict: judgement.verdict,
    data: judgement.data ?? (error === undefined ? null : { explanation: error }),
    execution_time: now() - startedAt,
    transformed: isChanged,
    created_at: new Date(startedAt).toISOString(),
    log: null,
    ...(isExcused && { error: { name: "Check error", message: error } }),
  };
}

function changedTexts(placed: readonly PlacedText[], texts: readonly string[]): PlacedText[] {
  return placed.flatMap(({ path, text }, index) => {
    const changed = texts[index];
    return changed === undefined || changed === text ? [] : [{ path, text: changed }];
  });
}

/** A check may change what is asked, not whom, and not how the answer comes: that has been decided and allowed before. */
function kept(changed: JsonObject, before: JsonObject): JsonObject {
  const body = { ...changed };
  for (const name of ["model", "stream"]) {
    if (before[name] === undefined) delete body[name];
    else body[name] = before[name];
  }
  return body;
}

async function settled(outcome: Judgement | Promise<Judgement>): Promise<Judgement> {
  try {
    return await outcome;
  } catch (error) {
    return failed(error);
  }
}

const longestWords = 300;

function failed(error: unknown): Judgement {
  const words = error instanceof Error ? error.message : "The check failed.";
  return { verdict: false, data: null, error: words.slice(0, longestWords) };
}

async function inTurn<From, To>(list: readonly From[], run: (entry: From) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  for (const entry of list) done.push(await run(entry));
  return done;
}

async function together(
  checks: readonly HookCheck[],
  run: (check: HookCheck) => CheckRun,
  finish: (started: CheckRun) => Promise<CheckResult>,
): Promise<CheckResult[]> {
  const results = new Map<HookCheck, CheckResult>();
  const waiting: HookCheck[] = [];
  for (const check of checks) {
    if (check.ready.asks === true) waiting.push(check);
    else results.set(check, await finish(run(check)));
  }
  const started = waiting.map((check) => run(check));
  await Promise.all(started.map((each) => settled(each.outcome)));
  for (const each of started) results.set(each.check, await finish(each));
  return checks.flatMap((check) => results.get(check) ?? []);
}
