import type { CredentialSource } from "../auth/credentials.ts";
import { checkRegion } from "../auth/endpoints.ts";
import { prepareChat } from "../chat-call.ts";
import { nativeConversation, type NativeConversation } from "../converse-by-family.ts";
import { factsOfTarget, type PreparedCall } from "../prepared-call.ts";
import type { BedrockClient, RetryPolicy, TimeLimits } from "../client.ts";
import type { ChatRequest } from "../dialects/openai-chat/chat-request.ts";
import type { Environment } from "../auth/endpoints.ts";
import { AditError } from "../errors/adit-error.ts";
import type { JsonObject } from "../json.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import { parseModelArn } from "../models/model-arn.ts";
import { mediaLoader } from "../wire/media/media-loader.ts";
import type { CallersPaths } from "./callers-paths.ts";
import { writeRequest, type Prompt } from "./chat-request.ts";
import { namedModel, type ModelReference, type NamedModel } from "./model-reference.ts";
import { booleanOf, objectOf, wrong } from "./option-values.ts";
import type { OptionName } from "./option-names.ts";
import { keptKey } from "./put-key.ts";
import { readOptions, type ReadOptions } from "./read-options.ts";
import { chooseRoute, type RouteChoice } from "./route.ts";
import { connectionsOf } from "./shared-connections.ts";
import type { Warning } from "./warning.ts";

/** Where a call goes, and how. */
export interface GenerationTarget {
  client: BedrockClient;
  model: string;
  region: string;
  credentials: CredentialSource;
  signal?: AbortSignal;
  retry?: RetryPolicy;
  limits?: Partial<TimeLimits>;
}

/** A call that is ready to be sent. */
export interface Generation {
  target: GenerationTarget;
  model: ModelFacts;
  chat: ChatRequest;
  prepared: PreparedCall;
  /** By InvokeModel; undefined: by Converse. */
  native: NativeConversation | undefined;
  paths: CallersPaths;
  /** What reading the options and translating the request found; the answer may add to it. */
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
}

/** Reads the options, finds region and credential, and translates the request. Rejects with AditError before anything is sent. */
export async function prepareGeneration(call: TextCall): Promise<Generation> {
  const named = namedModel(call.model);
  const read = readOptions(call.options, call.accepted);
  const target = await targetOf(named, read);
  const model = await factsOfTarget({ ...target, facts: named.facts }, target);
  const { request, paths, warnings } = writeRequest(read, { model, prompt: call.prompt, schema: call.schema });
  const prepared = await prepareChat(
    request,
    { ...target, facts: model },
    {
      client: target.client,
      loadMedia: mediaLoader({
        enabled: booleanOf(read, "fetchMedia") ?? true,
        ...(target.signal !== undefined && { signal: target.signal }),
      }),
    },
  ).catch((error: unknown) => {
    throw paths.inCallersWords(error);
  });
  const route = chooseRoute({
    model,
    useConverse: booleanOf(read, "useConverse"),
    hasTools: prepared.body.toolConfig !== undefined,
    wantsObject: call.schema !== undefined,
    hasToolSearch: hasToolSearch(prepared),
  });
  return {
    target,
    model,
    chat: request,
    prepared,
    native: nativeWay(route, prepared, { paths, stream: call.stream === true }),
    paths,
    warnings: [...unverified(model), ...read.warnings, ...warnings],
  };
}

/**
 * The request in the model's own format, where InvokeModel is to carry it; where the caller has not asked for that, only if it can carry all
 * of it. Throws AditError with the path in the Converse request of what it cannot carry.
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
    return route.isFree && native.dropped.length > 0 ? undefined : native;
  } catch (error) {
    if (route.isFree && AditError.isInstance(error)) return undefined;
    throw paths.inCallersWords(error);
  }
}

/** Region and credential of a call; the region is the ARN's, the option's, the kept key's, or the environment's. */
export async function targetOf(named: NamedModel, read: ReadOptions): Promise<GenerationTarget> {
  const connections = connectionsOf(objectOf(read, "environment") as Environment | undefined);
  const kept = read.credential === undefined ? keptKey() : undefined;
  const ofArn = parseModelArn(named.id)?.region;
  const told = read.region ?? kept?.region;
  const region = ofArn === undefined || ofArn === "" ? (told ?? (await connections.ownRegion())) : checkRegion(ofArn);
  const label = kept === undefined ? "options" : "kept key";
  const signal = signalOf(read);
  const retry = objectOf(read, "retry") as RetryPolicy | undefined;
  const limits = objectOf(read, "limits") as Partial<TimeLimits> | undefined;
  return {
    client: connections.client,
    model: named.id,
    region,
    credentials: connections.sourceOf(read.credential ?? kept, label, told),
    ...(signal !== undefined && { signal }),
    ...(retry !== undefined && { retry }),
    ...(limits !== undefined && { limits }),
  };
}

function signalOf({ values }: ReadOptions): AbortSignal | undefined {
  const given = values.get("signal");
  if (given === undefined || given.value instanceof AbortSignal) {
    return given?.value as AbortSignal | undefined;
  }
  throw wrong(given, "an AbortSignal");
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
