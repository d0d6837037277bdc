/** The guardrails of one target in one call: before the request goes out, and after the answer has come. */
import { AditError, isJsonObject, type JsonObject } from "@adit/bedrock";
import type { CheckContext, CheckTools, Phase, RequestType } from "./check.ts";
import type { Hook, HookCheck } from "./hook.ts";
import { factOf, type GuardrailFact, type HookResult, type HookResults } from "./hook-result.ts";
import { answerTexts, requestTexts } from "./message-text.ts";
import { replyTextWith } from "./reply-text.ts";
import { runHook, type Judged, type Now } from "./run-hook.ts";

/** The hooks of a target, found and ready. */
export interface FoundHooks {
  before: readonly Hook[];
  after: readonly Hook[];
  /** Another for hooks that judge otherwise. */
  identity: string;
}

export interface GuardedRequest {
  type: RequestType;
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
  /** Told what each guardrail found, also of those that nobody waits for. */
  onFact: (fact: GuardrailFact) => void;
  /** Gets what nobody waits for: it never rejects. */
  onPending: (work: Promise<void>) => void;
}

/** A whole answer that may go to the caller. */
export interface CheckedAnswer {
  /** 200, or Portkey's 246 where a guardrail failed that does not deny. */
  status: number;
  body: string;
}

// Portkey's words.
const deniedWords =
  "The guardrail checks defined in the config failed. You can find more information in the `hook_results` object.";

export class CallGuard {
  readonly results: HookResults = { before_request_hooks: [], after_request_hooks: [] };
  readonly #options: GuardOptions;
  #body: JsonObject;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#body = options.request.body;
  }

  get identity(): string {
    return this.#options.hooks.identity;
  }

  /** Those that judge answers and that somebody waits for. */
  get answerHooks(): readonly Hook[] {
    return this.#options.hooks.after.filter(({ isAsync }) => !isAsync);
  }

  /** True where a guardrail failed that does not deny. */
  get hasFailed(): boolean {
    const { before_request_hooks: before, after_request_hooks: after } = this.results;
    return [...before, ...after].some(({ verdict }) => !verdict);
  }

  get status(): number {
    return this.hasFailed ? 246 : 200;
  }

  /**
   * Judges the request. Gives the members of the body that are to be others upstream; empty where nothing changes.
   * Rejects with AditError `guardrail_denied` of status 446.
   */
  async before(): Promise<JsonObject> {
    const { hooks, request, now } = this.#options;
    this.#startAsync("before", hooks.before, undefined);
    const judged = this.#judged("before", undefined, request.body);
    const { before_request_hooks: results } = this.results;
    for (const hook of hooks.before) if (!hook.isAsync) this.#note(hook, await runHook(hook, judged, now), results);
    if (results.some(isDenied)) throw this.denied();
    this.#body = judged.body;
    return differences(request.body, judged.body);
  }

  /**
   * Judges a whole answer; `text` is its JSON. What came before an earlier call of this is forgotten: a retry has another answer.
   * Rejects with AditError `guardrail_denied` of status 446.
   */
  async after(text: string): Promise<CheckedAnswer> {
    const { hooks, request, now } = this.#options;
    const answer = objectIn(text);
    const { after_request_hooks: results } = this.results;
    results.length = 0;
    this.#startAsync("after", hooks.after, answer);
    const judged = this.#judged("after", answer, answer);
    for (const hook of this.answerHooks) this.#note(hook, await runHook(hook, judged, now), results);
    if (results.some(isDenied)) throw this.denied();
    const changes = judged.body === answer ? [] : answerTexts(request.type, judged.body);
    const hasResults = results.length > 0 || this.results.before_request_hooks.length > 0;
    return {
      status: this.status,
      body: replyTextWith(text, {
        type: request.type,
        before: answer,
        changes,
        results: hasResults ? this.results : undefined,
      }),
    };
  }

  /** Judges the texts of a stream that has come to its end. `texts`: one for each of its choices. */
  async afterStream(
    texts: readonly string[],
    hooks: readonly Hook[],
  ): Promise<{ texts: readonly string[]; isDenied: boolean }> {
    const judged = this.streamJudged(texts);
    const results: HookResult[] = [];
    for (const hook of hooks) this.#note(hook, await runHook(hook, judged, this.#options.now), results);
    this.results.after_request_hooks.push(...results);
    return { texts: streamTexts(judged.body), isDenied: results.some(isDenied) };
  }

  /** Texts of a stream, as checks are shown them. */
  streamJudged(texts: readonly string[]): Judged {
    const body: JsonObject = { texts: [...texts] };
    return {
      ...this.#judged("after", undefined, body),
      textsOf: (given) => streamTexts(given).map((text, index) => ({ path: ["texts", index], text })),
    };
  }

  /** Starts what nobody waits for, over the texts of a stream. */
  startAsyncAfterStream(texts: readonly string[]): void {
    const judged = (): Judged => this.streamJudged(texts);
    this.#start(this.#options.hooks.after, "after", judged);
  }

  /** Notes a result that came another way. */
  note(hook: Hook, result: HookResult): void {
    this.#note(hook, result, this.results.after_request_hooks);
  }

  denied(): AditError {
    return new AditError("guardrail_denied", deniedWords, { beside: { hook_results: this.results } });
  }

  /** For a fallback that goes on at 246. */
  failed(): AditError {
    return new AditError("guardrail_denied", deniedWords, { status: 246, beside: { hook_results: this.results } });
  }

  #startAsync(phase: Phase, hooks: readonly Hook[], answer: JsonObject | undefined): void {
    const body = answer ?? this.#options.request.body;
    this.#start(hooks, phase, () => this.#judged(phase, answer, body));
  }

  #start(hooks: readonly Hook[], phase: Phase, judged: () => Judged): void {
    const { now, onFact, onPending } = this.#options;
    for (const hook of hooks) {
      if (!hook.isAsync) continue;
      const work = runHook(hook, judged(), now).then(
        (result) => onFact(factOf(result, phase, hook)),
        () => {},
      );
      onPending(work);
    }
  }

  #note(hook: Hook, result: HookResult, results: HookResult[]): void {
    const phase = results === this.results.before_request_hooks ? "before" : "after";
    if (results !== this.results.before_request_hooks || phase === "before") results.push(result);
    this.#options.onFact(factOf(result, phase, hook));
  }

  #judged(phase: Phase, answer: JsonObject | undefined, body: JsonObject): Judged {
    const { request, tools } = this.#options;
    const { type } = request;
    const context = (given: JsonObject): CheckContext => ({
      phase,
      requestType: type,
      request: { json: phase === "before" ? given : this.#body, isStreaming: request.isStreaming },
      response: phase === "before" ? undefined : { json: answer === undefined ? undefined : given, status: 200 },
      model: request.model,
      modelAsked: request.modelAsked,
      provider: request.provider,
      metadata: request.metadata,
      tools,
    });
    return {
      body,
      version: 0,
      textsOf: (given, scope: HookCheck["scope"]) =>
        phase === "before" ? requestTexts(type, given, scope) : answerTexts(type, given),
      contextOf: context,
    };
  }
}

function isDenied({ verdict, deny }: HookResult): boolean {
  return deny && !verdict;
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

/** An answer that is no object has no texts; it is passed on as it is. */
function objectIn(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
