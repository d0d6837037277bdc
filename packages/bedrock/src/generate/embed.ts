import { thrownWithoutSecrets } from "../auth/withheld-secrets.ts";
import { eitherSignal } from "../cancel-signal.ts";
import type { AttemptRecord } from "../client.ts";
import { answerIn } from "../converse-by-family.ts";
import { checkEmbeddingsRequest } from "../dialects/openai-embeddings/check-request.ts";
import type { EmbeddingsInput, EmbeddingsRequest } from "../dialects/openai-embeddings/embeddings-request.ts";
import { embeddingMediaUrlsOf, embeddingRequestFrom } from "../dialects/openai-embeddings/request.ts";
import type { EmbeddingUsage } from "../embedding/embedding.ts";
import { planEmbeddings, type InvokedEmbedding } from "../families/embeddings/plan.ts";
import { countsFromHeaders } from "../converse/invocation-counts.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { factsOfTarget } from "../calls/prepared-call.ts";
import { runEmbeddings } from "../calls/run-embeddings.ts";
import { mediaLoader } from "../wire/media/media-loader.ts";
import { callCost, type CallCost } from "./call-cost.ts";
import { CallersPaths } from "./callers-paths.ts";
import { namedModel, type ModelReference } from "./model-reference.ts";
import { connectionOptions, type OptionName } from "./option-names.ts";
import { booleanOf, wholeNumberOf } from "./option-values.ts";
import type { EmbedOptions } from "./options.ts";
import { targetOf, type GenerationTarget } from "./generation-target.ts";
import { readOptions, type ReadOptions } from "./read-options.ts";
import { droppedWarning, type Warning } from "./warning.ts";

/** Vectors. */
export interface EmbedResult {
  /** In the order of the inputs. */
  embeddings: readonly (readonly number[])[];
  /** As far as AWS told. */
  usage: EmbeddingUsage;
  cost: CallCost;
  /** Everything that was left out or unsure. */
  warnings: Warning[];
  /** The model that answered. */
  model: string;
  region: string;
  /** Name and source of the credential, never a secret. */
  credential: string;
  /** AWS's ids of the calls, as they ended. */
  requestIds: string[];
}

/** Options that are fields of the dialect under another spelling; it checks them. */
const fields: readonly (readonly [OptionName, string])[] = [
  ["dimensions", "dimensions"],
  ["inputType", "input_type"],
  ["truncate", "truncate"],
  ["normalize", "normalize"],
  ["embeddingPurpose", "embedding_purpose"],
  ["maxTokens", "max_tokens"],
];

const accepted: readonly OptionName[] = [
  ...connectionOptions,
  ...fields.map(([name]) => name),
  "concurrency",
  "fetchMedia",
];

/**
 * Makes vectors of texts and images: one of an input, a list of a list. An image is a data URL, or an object with `image`, with `text` beside it
 * where the model puts both into one vector. Inputs are spread over as few calls as the model takes; at the first failure the rest is given up.
 * Rejects with AditError.
 *
 * @example
 * const { embeddings } = await embed("bedrock:amazon.titan-embed-text-v2:0", ["Good morning", "Good night"], { dimensions: 256 });
 */
export async function embed(
  model: string | ModelReference,
  input: EmbeddingsInput | readonly EmbeddingsInput[],
  options: EmbedOptions = {},
): Promise<EmbedResult> {
  const named = namedModel(model);
  const read = readOptions(options, accepted);
  const { request, paths } = requestFrom(named.id, input, read);
  const target = await targetOf(named, read);
  const facts = await factsOfTarget({ ...target, facts: named.facts }, target);
  const media = mediaLoader({
    enabled: booleanOf(read, "fetchMedia") ?? true,
    ...(target.signal !== undefined && { signal: target.signal }),
  });
  try {
    checkEmbeddingsRequest(request);
    const translated = embeddingRequestFrom(request, { media: await media(embeddingMediaUrlsOf(request)) });
    const plan = planEmbeddings(translated.request, facts);
    const calls = new EmbeddingCalls(target);
    const concurrency = wholeNumberOf(read, "concurrency");
    const running = runEmbeddings(plan, (body, signal) => calls.invoke(body, signal), {
      ...(concurrency !== undefined && { concurrency }),
    });
    const { vectors, usage } = await running.catch(async (error: unknown) => {
      // Where something was answered, there are credentials.
      throw calls.requestIds.length > 0 ? await thrownWithoutSecrets(error, target.credentials) : error;
    });
    const dropped = [...translated.dropped, ...plan.dropped].map((path) => droppedWarning(paths.pathOf(path)));
    return {
      embeddings: vectors,
      usage,
      cost: callCost(usage, { model: calls.modelUsed, facts, region: target.region, attempts: calls.attempts }),
      warnings: [...read.warnings, ...dropped],
      model: calls.modelUsed,
      region: target.region,
      credential: target.credentials.label,
      requestIds: calls.requestIds,
    };
  } catch (error) {
    throw paths.inCallersWords(error);
  }
}

function requestFrom(
  model: string,
  input: unknown,
  { values }: ReadOptions,
): { request: EmbeddingsRequest; paths: CallersPaths } {
  const paths = new CallersPaths();
  const request: EmbeddingsRequest = { model, input: input as EmbeddingsInput };
  for (const [option, field] of fields) {
    const given = values.get(option);
    if (given !== undefined) {
      request[field] = given.value as JsonValue;
      paths.name(field, given.path);
    }
  }
  return { request, paths };
}

/** The calls of one plan, and how they went. */
class EmbeddingCalls {
  readonly requestIds: string[] = [];
  readonly attempts: AttemptRecord[] = [];
  modelUsed: string;
  readonly #target: GenerationTarget;

  constructor(target: GenerationTarget) {
    this.#target = target;
    this.modelUsed = target.model;
  }

  async invoke(body: JsonObject, failed: AbortSignal): Promise<InvokedEmbedding> {
    const { signal: own } = this.#target;
    const signal = own === undefined ? failed : eitherSignal(failed, own);
    const reply = await this.#target.client.invoke({ ...this.#target, body, signal });
    this.requestIds.push(reply.requestId);
    this.attempts.push(...reply.attempts);
    this.modelUsed = reply.modelUsed;
    return { body: answerIn(reply.body.toString()), counts: countsFromHeaders(reply.headers) };
  }
}
