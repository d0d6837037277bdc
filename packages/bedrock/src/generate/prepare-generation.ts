import { prepareChat } from "../calls/chat-call.ts";
import { eitherSignal } from "../cancel-signal.ts";
import { hasRefusedStops, nativeConversation, type NativeConversation } from "../converse-by-family.ts";
import { factsOfTarget, type PreparedCall } from "../calls/prepared-call.ts";
import { AditError } from "../errors/adit-error.ts";
import type { JsonObject } from "../json.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import { checkWritable } from "../json-text/writable.ts";
import { mediaLoader } from "../wire/media/media-loader.ts";
import type { CallersPaths } from "./callers-paths.ts";
import { writeRequest, type Prompt } from "./write-request.ts";
import { targetOf, type GenerationTarget } from "./generation-target.ts";
import { namedModel, type ModelReference } from "./model-reference.ts";
import { booleanOf } from "./option-values.ts";
import type { OptionName } from "./option-names.ts";
import { readOptions } from "./read-options.ts";
import { chooseRoute, type RouteChoice } from "./route.ts";
import { droppedWarning, type Warning } from "./warning.ts";

/** A call that is ready to be sent. */
export interface Generation {
  target: GenerationTarget;
  model: ModelFacts;
  prepared: PreparedCall;
  /** By InvokeModel; undefined: by Converse. */
  native: NativeConversation | undefined;
  /** What was found on the way to AWS; the answer may add to it. */
  warnings: Warning[];
}

/** What a caller gives to a function that answers in text. */
export interface TextCall {
  model: string | ModelReference;
  prompt: Prompt;
  options: unknown;
  accepted: readonly OptionName[];
  /** Of the object that is asked for. */
  schema?: JsonObject;
  /** The answer is to come as a stream. */
  stream?: boolean;
  /** The stream's own signal, beside the caller's. */
  cancelled?: AbortSignal;
}

/** Reads the options, finds region and credential, and translates the request. Rejects with AditError before anything is sent. */
export async function prepareGeneration(call: TextCall): Promise<Generation> {
  const named = namedModel(call.model);
  const read = readOptions(call.options, call.accepted);
  const target = endedBy(call.cancelled, await targetOf(named, read));
  const model = await factsOfTarget({ ...target, facts: named.facts }, target);
  const { request, paths, warnings } = writeRequest(read, { model, prompt: call.prompt, schema: call.schema });
  const loadMedia = mediaLoader({
    enabled: booleanOf(read, "fetchMedia") ?? true,
    ...(target.signal !== undefined && { signal: target.signal }),
  });
  let prepared: PreparedCall;
  try {
    checkWritable(request);
    prepared = await prepareChat(request, { ...target, facts: model }, { client: target.client, loadMedia });
  } catch (error) {
    throw paths.inCallersWords(error);
  }
  paths.turnsFrom(request.messages, prepared.body.messages ?? []);
  const route = chooseRoute({
    model,
    useConverse: booleanOf(read, "useConverse"),
    hasTools: prepared.body.toolConfig !== undefined,
    wantsObject: call.schema !== undefined,
    hasToolSearch: hasToolSearch(prepared),
    hasRefusedStops: hasRefusedStops(prepared.body, model),
  });
  const native = nativeWay(route, prepared, { paths, stream: call.stream === true });
  // One option may have put several things into the request.
  const dropped = new Set([
    ...prepared.notes.dropped.map((path) => paths.pathOf(path)),
    ...(native?.dropped ?? []).map((path) => paths.ofConverse(path)),
  ]);
  return {
    target,
    model,
    prepared,
    native,
    warnings: [...unverified(model), ...read.warnings, ...warnings, ...[...dropped].map(droppedWarning)],
  };
}

function endedBy(cancelled: AbortSignal | undefined, target: GenerationTarget): GenerationTarget {
  if (cancelled === undefined) return target;
  return { ...target, signal: target.signal === undefined ? cancelled : eitherSignal(cancelled, target.signal) };
}

/**
 * The request in the model's own format, where InvokeModel is to carry it; where the caller has not asked for that, only if it can carry all
 * of it, or Converse refuses the request. Throws AditError with the path in the Converse request of what it cannot carry.
 */
function nativeWay(
  route: RouteChoice,
  { body, model, notes }: PreparedCall,
  { paths, stream }: { paths: CallersPaths; stream: boolean },
): NativeConversation | undefined {
  if (route.route === "converse") {
    return undefined;
  }
  try {
    const native = nativeConversation(body, model, stream && notes.streamable);
    // Converse takes none of it.
    if (hasRefusedStops(body, model)) return native;
    return route.isFree && (native.dropped.length > 0 || asksForTooMuch(native)) ? undefined : native;
  } catch (error) {
    if (route.isFree && AditError.isInstance(error)) return undefined;
    throw paths.inCallersWords(error, "converse");
  }
}

/** AWS refuses it by InvokeModel, and not by Converse. */
function asksForTooMuch({ family, model, request }: NativeConversation): boolean {
  return (request.inferenceConfig?.maxTokens ?? 0) > (family.mostTokens?.(model) ?? Infinity);
}

/** Anthropic's tool search, or a tool that only it finds: in the fields that Converse hands to the model as they are. */
function hasToolSearch({ body }: PreparedCall): boolean {
  const tools = body.additionalModelRequestFields?.["tools"];
  return (
    Array.isArray(tools) &&
    (tools as { type?: unknown; defer_loading?: unknown }[]).some(
      (tool) => tool.defer_loading === true || (typeof tool.type === "string" && tool.type.startsWith("tool_search")),
    )
  );
}

function unverified(model: ModelFacts): Warning[] {
  return model.known
    ? []
    : [
        {
          type: "unverified-model",
          path: "model",
          message: `${model.id} is not in this version's data: it is sent as it is, and AWS decides what it can do.`,
        },
      ];
}
