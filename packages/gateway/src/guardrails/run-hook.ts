/** Runs one guardrail over texts: those of its checks that ask nobody first, so that who is asked sees what they have redacted. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { AditError, type JsonObject } from "@adit/bedrock";
import type { CheckContext, Judgement } from "./check.ts";
import type { Hook, HookCheck } from "./hook.ts";
import { hookResult, type CheckResult, type HookResult } from "./hook-result.ts";
import type { PlacedText } from "./placed-text.ts";

/** What is judged, and changed on the way. */
export interface Judged {
  /** The request's body, or the answer's. */
  body: JsonObject;
  /** Counts the changes. */
  version: number;
  textsOf(body: JsonObject, scope: HookCheck["scope"]): PlacedText[];
  /** The body with these texts in their places, and wherever it says them again. */
  withTexts(body: JsonObject, changed: readonly PlacedText[]): JsonObject;
  /** The context of a check over this body. */
  contextOf(body: JsonObject): CheckContext;
}

export type Now = () => number;

/** After checks that took longer, others have their turn. */
const longestTurnMs = 20;

/** Characters that one check is shown: more would hold up all others. */
const mostCharacters = 4_000_000;

/** Never rejects but with AditError of the caller's own fault. */
export async function runHook(hook: Hook, judged: Judged, now: Now): Promise<HookResult> {
  const startedAt = now();
  const run = new HookRun(hook, judged, now);
  const results = hook.isSequential ? await run.inTurn(hook.checks) : await run.together(hook.checks);
  return hookResult(hook, results, { startedAt, now: now() });
}

/** One check before it begins. */
interface PlacedCheck {
  check: HookCheck;
  placed: PlacedText[];
  isTooLong: boolean;
}

/** One check under way. */
interface CheckRun {
  check: HookCheck;
  startedAt: number;
  /** The judged texts' version when it began. */
  version: number;
  placed: PlacedText[];
  outcome: Judgement | Promise<Judgement>;
}

class HookRun {
  readonly #hook: Hook;
  readonly #judged: Judged;
  readonly #now: Now;

  constructor(hook: Hook, judged: Judged, now: Now) {
    this.#hook = hook;
    this.#judged = judged;
    this.#now = now;
  }

  async inTurn(checks: readonly HookCheck[]): Promise<CheckResult[]> {
    const done: CheckResult[] = [];
    for (const check of checks) done.push(await this.#finish(this.#start(check)));
    return done;
  }

  async together(checks: readonly HookCheck[]): Promise<CheckResult[]> {
    const results = new Map<HookCheck, CheckResult>();
    for (const check of checks) {
      if (check.ready.asks !== true) results.set(check, await this.#finish(this.#start(check)));
    }
    // Whatever may refuse the texts comes before any is begun: what was begun would have nobody who hears how it ended.
    const placed = checks.filter(({ ready }) => ready.asks === true).map((check) => this.#placed(check));
    const started = placed.map((each) => this.#begun(each));
    await Promise.all(started.map(({ outcome }) => settled(outcome)));
    for (const each of started) results.set(each.check, await this.#finish(each));
    return checks.flatMap((check) => results.get(check) ?? []);
  }

  #start(check: HookCheck): CheckRun {
    return this.#begun(this.#placed(check));
  }

  /** What the check is shown. @throws AditError `invalid_request` where that is too long for one that is to change it */
  #placed(check: HookCheck): PlacedCheck {
    const { changes, mayChange, isTextless } = check.ready;
    // What cannot be read, or is too long, is no matter of one that does not look at it.
    const placed = isTextless === true ? [] : this.#judged.textsOf(this.#judged.body, check.scope);
    const isTooLong = placed.reduce((sum, { text }) => sum + text.length, 0) > mostCharacters;
    // A mutator's check is there for what it changes: that it has failed would lead to nothing.
    const mustChange = changes === true || (mayChange === true && this.#hook.type === "mutator");
    if (!isTooLong || !mustChange) return { check, placed, isTooLong };
    throw new AditError(
      "invalid_request",
      `The texts are longer than ${mostCharacters} characters, and ${check.id} is to change them: it cannot.`,
      { remedy: "Send less text." },
    );
  }

  #begun({ check, placed, isTooLong }: PlacedCheck): CheckRun {
    const { body, version } = this.#judged;
    const begun = { check, startedAt: this.#now(), version, placed };
    if (isTooLong) {
      // No error: that would let the text through.
      const explanation = `The text is longer than ${mostCharacters} characters: it was not let through.`;
      return { ...begun, outcome: { verdict: false, data: { explanation } } };
    }
    try {
      const texts = placed.map(({ text }) => text);
      return { ...begun, outcome: check.ready.judge(texts, this.#judged.contextOf(body)) };
    } catch (error) {
      return { ...begun, outcome: failed(error) };
    }
  }

  async #finish(started: CheckRun): Promise<CheckResult> {
    const judgement = await settled(started.outcome);
    const isChange = judgement.texts !== undefined || judgement.request !== undefined;
    if (this.#now() - started.startedAt > longestTurnMs) await nextTurn();
    // Another check has changed the texts meanwhile: what this one made of the old ones would undo that.
    if (!isChange || this.#judged.version === started.version) return this.#applied(started, judgement);
    const again = this.#start(started.check);
    return this.#applied({ ...again, startedAt: started.startedAt }, await settled(again.outcome));
  }

  #applied({ check, startedAt, placed }: CheckRun, judgement: Judgement): CheckResult {
    const judged = this.#judged;
    const before = judged.body;
    if (judgement.request !== undefined) judged.body = kept(judgement.request, before);
    else if (judgement.texts !== undefined)
      judged.body = judged.withTexts(before, changedTexts(placed, judgement.texts));
    const isChanged = judged.body !== before;
    if (isChanged) judged.version += 1;
    const { error } = judgement;
    return {
      id: check.id,
      verdict: judgement.verdict,
      data: judgement.data ?? (error === undefined ? null : { explanation: error }),
      execution_time: this.#now() - startedAt,
      transformed: isChanged,
      created_at: new Date(startedAt).toISOString(),
      log: null,
      ...(error !== undefined && !check.failsOnError && { error: { name: "Check error", message: error } }),
    };
  }
}

function changedTexts(placed: readonly PlacedText[], texts: readonly string[]): PlacedText[] {
  return placed.flatMap(({ path, text, write }, index) => {
    const changed = texts[index];
    return changed === undefined || changed === text ? [] : [{ path, text: changed, write }];
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
