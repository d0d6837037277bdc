/** The guardrails of one target in one call: before the request goes out, and after the answer has come. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { parsedObject } from "@adit/bedrock/gateway";
import type { CheckContext, CheckTools, Phase, RequestType } from "./check.ts";
import type { FoundHooks } from "./find-hooks.ts";
import type { Hook, HookCheck } from "./hook.ts";
import { factsOf, unjudged, withChanges, type HookFacts, type HookResult, type HookResults } from "./hook-result.ts";
import { answerOf, answerTexts, repeatsOf } from "./answer-texts.ts";
import { withDistinctNames } from "./document-names.ts";
import { withoutEmptied } from "./emptied-parts.ts";
import { requestTexts } from "./request-texts.ts";
import { textInPlace, withTexts, type PlacedText } from "./placed-text.ts";
import { PieceJudge, type Holding } from "./stream/piece-judge.ts";
import { replyTextWith } from "./reply-text.ts";
import { runHook, type Judged, type Now } from "./run-hook.ts";

export interface GuardedRequest {
  type: RequestType;
  /** As the target gets it. */
  body: JsonObject;
  isStreaming: boolean;
  model: string;
  modelAsked: string;
  provider: string;
  metadata: Readonly<Record<string, string>>;
}

export interface GuardOptions {
  hooks: FoundHooks;
  request: GuardedRequest;
  tools: CheckTools;
  now: Now;
  /** Told what each guardrail found. */
  onFacts: (facts: HookFacts) => void;
  /** Told what a guardrail found that nobody waits for. */
  onAsyncFacts: (facts: HookFacts) => void;
  /** Gets what nobody waits for: it never rejects. */
  onPending: (work: Promise<void>, hook: Hook) => void;
}

/** A whole answer that may go to the caller. */
export interface CheckedAnswer {
  /** 200, or Portkey's 246 where a guardrail failed that does not deny. */
  status: number;
  body: string;
}

/** Of Portkey's: a guardrail failed, and the answer is here all the same. */
export const failedStatus = 246;

/** Steps that the patterns of one side may take together: a third of a second of a small machine's, in pieces between which others go on. */
const mostSteps = 10_000_000;

// Portkey's words.
const deniedWords =
  "The guardrail checks defined in the config failed. You can find more information in the `hook_results` object.";

export class CallGuard {
  readonly results: HookResults = { before_request_hooks: [], after_request_hooks: [] };
  readonly #options: GuardOptions;
  #holding: Holding | undefined;
  /** As the checks before the request have left it. */
  #body: JsonObject;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#body = options.request.body;
  }

  get type(): RequestType {
    return this.#options.request.type;
  }

  /** Those that judge answers and that somebody waits for. */
  get answerHooks(): readonly Hook[] {
    return this.#options.hooks.after.filter(({ isAsync }) => !isAsync);
  }

  /** True where a caller may get other texts than the model wrote. */
  get mayChangeAnswers(): boolean {
    return this.answerHooks.some(({ checks }) =>
      checks.some(({ ready }) => ready.changes === true || ready.mayChange === true),
    );
  }

  get hasAnswerHooks(): boolean {
    return this.#options.hooks.after.length > 0;
  }

  /** True where a guardrail failed that does not deny. */
  get hasFailed(): boolean {
    const { before_request_hooks: before, after_request_hooks: after } = this.results;
    return [...before, ...after].some(({ verdict }) => !verdict);
  }

  get status(): number {
    return this.hasFailed ? failedStatus : 200;
  }

  /** True where the reply has something to tell. */
  get hasResults(): boolean {
    const { before_request_hooks: before, after_request_hooks: after } = this.results;
    return before.length > 0 || after.length > 0;
  }

  /**
   * Judges the request. Gives the members of the body that are to be others upstream, one that is gone as undefined; empty where nothing
   * changes. Rejects with AditError `guardrail_denied` of status 446.
   */
  async before(): Promise<JsonObject> {
    const { request } = this.#options;
    const judged = this.#judged("before", request.body);
    await this.#run("before", judged, (body) => this.#judged("before", body));
    if (this.results.before_request_hooks.some(isDenied)) throw this.denied();
    this.#body = judged.body;
    return differences(request.body, judged.body);
  }

  /**
   * Judges a whole answer; `text` is its JSON. What an earlier answer came to is forgotten: a retry has another.
   * Rejects with AditError `guardrail_denied` of status 446; `empty_output` for what no guardrail can read.
   */
  async after(text: string): Promise<CheckedAnswer> {
    const { hooks, request } = this.#options;
    const { after_request_hooks: results } = this.results;
    results.length = 0;
    const before = hooks.after.length === 0 ? {} : objectIn(text);
    const judged = this.#judged("after", before);
    await this.#run("after", judged, (body) => this.#judged("after", body));
    if (results.some(isDenied)) throw this.denied();
    const changes = judged.body === before ? [] : textsNow(judged.body, answerTexts(request.type, before));
    const shown = this.hasResults ? this.results : undefined;
    return { status: this.status, body: replyTextWith(text, { type: request.type, before, changes, results: shown }) };
  }

  /**
   * Judges the texts of a stream that has come to its end, and gives them as they are to be.
   * Rejects with AditError `guardrail_denied` where a check failed that is held for.
   */
  async afterStream(texts: readonly string[]): Promise<readonly string[]> {
    const judged = this.streamJudged(texts);
    const { after_request_hooks: results } = this.results;
    const copy = (body: JsonObject): Judged => this.streamJudged(streamTexts(body));
    await this.#run("after", judged, copy, (result, hook) => this.#asStreamed(result, hook));
    const isStopped = this.answerHooks.some((hook, index) => stops(hook, results[index]));
    if (isStopped) throw this.denied();
    return streamTexts(judged.body);
  }

  /** Texts of a stream, or of a piece of one, as checks are shown them. */
  streamJudged(texts: readonly string[]): Judged {
    const { type } = this.#options.request;
    const judged = this.#judged("after", { texts: [...texts] });
    return {
      ...judged,
      contextOf: (given) => ({
        ...judged.contextOf(given),
        response: { json: answerOf(type, streamTexts(given)), status: 200 },
      }),
      textsOf: (given) => streamTexts(given).map((text, index) => ({ path: ["texts", index], text })),
      withTexts,
    };
  }

  /** For judging a stream while it comes. */
  pieceJudge(): PieceJudge {
    const judge = new PieceJudge(this.answerHooks, this.streamJudged([]), this.#options.now);
    this.#holding = judge.holding;
    return judge;
  }

  /** True where all of a stream is held back until its end. */
  get holdsWhole(): boolean {
    return this.#holding?.kind === "whole";
  }

  /** The end of a stream that a guardrail stops before its own. */
  stoppedBy(result: HookResult): AditError {
    this.results.after_request_hooks.push(result);
    const hook = this.answerHooks.find(({ id }) => id === result.id);
    if (hook !== undefined) this.#options.onFacts(factsOf(result, "after", hook));
    return this.denied();
  }

  denied(): AditError {
    return new AditError("guardrail_denied", deniedWords, { beside: { hook_results: this.results } });
  }

  /** For a fallback that goes on at 246. */
  failed(): AditError {
    return new AditError("guardrail_denied", deniedWords, {
      status: failedStatus,
      beside: { hook_results: this.results },
    });
  }

  /** What the caller has got already, no check has changed that is made now. */
  #asStreamed(result: HookResult, { checks }: Hook): HookResult {
    if (this.holdsWhole) return result;
    return withChanges(result, (index) => checks[index]?.isHeld === true && checks[index].ready.changes === true);
  }

  /**
   * One after the other; what nobody waits for is begun in its turn, on `copy`: the texts as those before it have left them. `shown`: what is
   * told of a result.
   */
  async #run(
    phase: Phase,
    judged: Judged,
    copy: (body: JsonObject) => Judged,
    shown: (result: HookResult, hook: Hook) => HookResult = (result) => result,
  ): Promise<void> {
    const { hooks, now, onFacts } = this.#options;
    const results = phase === "before" ? this.results.before_request_hooks : this.results.after_request_hooks;
    for (const hook of hooks[phase]) {
      if (hook.isAsync) {
        this.#start(phase, hook, copy(judged.body));
        continue;
      }
      const result = shown(await runHook(hook, judged, now), hook);
      results.push(result);
      onFacts(factsOf(result, phase, hook));
    }
  }

  #start(phase: Phase, hook: Hook, judged: Judged): void {
    const { now, onAsyncFacts, onPending } = this.#options;
    const work = runHook(hook, judged, now).then(
      // What it changed was a copy.
      (result) =>
        onAsyncFacts(
          factsOf(
            withChanges(result, () => false),
            phase,
            hook,
          ),
        ),
      (error: unknown) => onAsyncFacts(factsOf(unjudged(hook, error, now()), phase, hook)),
    );
    onPending(work, hook);
  }

  #judged(phase: Phase, body: JsonObject): Judged {
    const { request, tools } = this.#options;
    const { type, model, modelAsked, provider, metadata } = request;
    const patience = { steps: mostSteps };
    return {
      body,
      version: 0,
      textsOf: readOnce((given, scope) =>
        phase === "before" ? requestTexts(type, given, scope) : answerTexts(type, given),
      ),
      withTexts: (given, changed) => {
        if (phase === "after") return withTexts(given, [...repeatsOf(type, given, changed), ...changed]);
        const distinct = withDistinctNames(changed, () => requestTexts(type, given, "all"));
        return withoutEmptied(withTexts(given, distinct), distinct);
      },
      contextOf: (given): CheckContext => ({
        phase,
        requestType: type,
        request: this.#asked(phase === "before" ? given : this.#body),
        response: phase === "before" ? undefined : { json: given, status: 200 },
        model,
        modelAsked,
        provider,
        metadata,
        patience,
        tools,
      }),
    };
  }

  #asked(json: JsonObject): CheckContext["request"] {
    const { body, isStreaming } = this.#options.request;
    return { json, isStreaming, isChanged: json !== body };
  }
}

/** Most checks are shown the same body as the one before: a file in it is not read anew for each. */
function readOnce(read: Judged["textsOf"]): Judged["textsOf"] {
  const last = new Map<HookCheck["scope"], { body: JsonObject; texts: PlacedText[] }>();
  return (body, scope) => {
    const known = last.get(scope);
    if (known?.body === body) return known.texts;
    const texts = read(body, scope);
    last.set(scope, { body, texts });
    return texts;
  };
}

function isDenied({ verdict, deny }: HookResult): boolean {
  return deny && !verdict;
}

/** True where a stream ends for it: a check that only reports has no say in that. */
function stops(hook: Hook, result: HookResult | undefined): boolean {
  if (!hook.deny || result === undefined) return false;
  return hook.checks.some(({ isHeld }, index) => {
    const check = result.checks[index];
    return isHeld && check !== undefined && !check.verdict && check.error === undefined;
  });
}

/** Texts as they are to be, in the places that they had: which are a text's own, others tell that say it again, and were changed with it. */
function textsNow(body: JsonObject, placed: readonly PlacedText[]): PlacedText[] {
  return placed.map(({ path, text }) => ({ path, text: textInPlace(body, { path }) ?? text }));
}

function streamTexts(body: JsonObject): string[] {
  const texts = body["texts"];
  return Array.isArray(texts) ? texts.map((text) => (typeof text === "string" ? text : "")) : [];
}

/** What a check changed, by the members at the top: a member that is gone is undefined. */
function differences(before: JsonObject, after: JsonObject): JsonObject {
  if (before === after) return {};
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries(
    [...names].filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]),
  );
}

/** @throws AditError `empty_output`: what no check can see into does not pass. */
function objectIn(text: string): JsonObject {
  const value = parsedObject(text);
  if (value !== undefined) return value;
  throw new AditError("empty_output", "The answer is no JSON object, and it has a guardrail to pass.");
}
