/** From one request to embed to the native calls that answer it, and from their answers to vectors. */
import type { EmbeddingInput, EmbeddingRequest } from "../../embedding/embedding.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import {
  embeddingFactsOf,
  type EmbeddingFacts,
  type EmbeddingFormat,
  type EmbeddingOption,
} from "../../models/embedding-facts.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import type { InvocationCounts } from "../../converse/invocation-counts.ts";
import { countOf } from "../../count.ts";
import { emptyOutput } from "../native-errors.ts";
import { cohere } from "./cohere.ts";
import type { CallInputs, EmbeddingFamily } from "./embedding-family.ts";
import { marengo2, marengo3 } from "./marengo.ts";
import { nova } from "./nova.ts";
import { titanImage, titanText } from "./titan.ts";

const families: Readonly<Record<EmbeddingFormat, EmbeddingFamily>> = {
  "titan-text": titanText,
  "titan-image": titanImage,
  cohere,
  nova,
  "marengo-2": marengo2,
  "marengo-3": marengo3,
};

/** One InvokeModel of a plan. */
export interface EmbeddingCall {
  body: JsonObject;
  /** How many vectors it answers with. */
  vectors: number;
  /** Images among its inputs. */
  images: number;
}

export interface EmbeddingPlan {
  /** In the order of the inputs. */
  calls: readonly EmbeddingCall[];
  /** Paths in the caller's request of what this model has no place for. */
  dropped: readonly string[];
  format: EmbeddingFormat;
}

/** The native answer of one call. */
export interface InvokedEmbedding {
  body: JsonObject;
  /** What its headers tell. */
  counts: InvocationCounts;
}

/**
 * The calls for `request`: as many texts in each as the model takes, every image alone. Throws AditError for a model that is not known to
 * embed, for media that it does not take, and for a length of vectors that it does not have, with those that it has.
 */
export function planEmbeddings(request: EmbeddingRequest, model: ModelFacts): EmbeddingPlan {
  const facts = embeddingFactsOf(model.baseId);
  if (facts === undefined) {
    throw new AditError("invalid_request", `${JSON.stringify(model.id.slice(0, 200))} is not known to embed`, {
      param: "model",
      remedy: "Name a model that embeds, such as amazon.titan-embed-text-v2:0.",
    });
  }
  checkDimensions(request, facts);
  request.inputs.forEach((input) => {
    checkMedia(input, facts);
  });
  const family = families[facts.format];
  const calls = groupsOf(request.inputs, facts.textsPerCall).map((inputs) => ({
    body: family.body(inputs, request, facts),
    vectors: inputs.length,
    images: inputs.flatMap(({ parts }) => parts).filter(({ kind }) => kind === "image").length,
  }));
  return { calls, dropped: untaken(request, facts), format: facts.format };
}

function checkDimensions({ dimensions, paths }: EmbeddingRequest, facts: EmbeddingFacts): void {
  if (dimensions !== undefined && !facts.dimensions.includes(dimensions)) {
    const path = paths.dimensions ?? "dimensions";
    const allowed = facts.dimensions.join(", ");
    throw new AditError(
      "invalid_request",
      `${path} must be ${facts.dimensions.length > 1 ? "one of " : ""}${allowed} for this model (it is ${dimensions})`,
      { param: path },
    );
  }
}

function checkMedia({ parts, path }: EmbeddingInput, facts: EmbeddingFacts): void {
  const image = parts.find(({ kind }) => kind === "image");
  if (image !== undefined && !facts.images) {
    throw new AditError("unsupported_parameter", `${image.path}: this model embeds text alone`, {
      param: image.path,
      remedy: 'Name a model that takes images. A text that only looks like an image goes as {"text": "..."}.',
    });
  }
  if (parts.length > 1 && !facts.mixed) {
    throw new AditError("unsupported_parameter", `${path}: this model takes one text or one image for a vector`, {
      param: path,
    });
  }
}

function untaken(request: EmbeddingRequest, { takes }: EmbeddingFacts): string[] {
  const options: readonly EmbeddingOption[] = ["inputType", "truncate", "normalize", "purpose", "maxTokens"];
  return options
    .filter((option) => request[option] !== undefined && !takes.includes(option))
    .map((option) => request.paths[option] ?? option);
}

function groupsOf(inputs: readonly EmbeddingInput[], textsPerCall: number): CallInputs[] {
  const groups: [EmbeddingInput, ...EmbeddingInput[]][] = [];
  let open: EmbeddingInput[] | undefined;
  for (const input of inputs) {
    const isText = input.parts.length === 1 && input.parts[0]?.kind === "text";
    if (isText && open !== undefined && open.length < textsPerCall) {
      open.push(input);
    } else {
      const group: [EmbeddingInput, ...EmbeddingInput[]] = [input];
      groups.push(group);
      open = isText ? group : undefined;
    }
  }
  return groups;
}

/** What the answer of one call holds. Throws AditError `empty_output` where it does not hold a vector for each of the call's inputs. */
export function readEmbeddings(
  { body, counts }: InvokedEmbedding,
  call: EmbeddingCall,
  format: EmbeddingFormat,
): { vectors: readonly (readonly number[])[]; inputTokens: number | undefined } {
  const { vectors, inputTokens } = families[format].read(body);
  const whole = Array.isArray(vectors) ? vectors.filter(isVector) : [];
  if (!Array.isArray(vectors) || vectors.length !== call.vectors || whole.length !== call.vectors) {
    throw emptyOutput(body, `vector for each of ${call.vectors} inputs (it has ${whole.length})`);
  }
  return { vectors: whole, inputTokens: counts.inputTokens ?? countOf(inputTokens) };
}

function isVector(value: JsonValue): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((number) => Number.isFinite(number));
}
