import type { ModelFacts, ModelFamily } from "../models/model-facts.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject } from "../json.ts";
import { factsOfFamily, factsOfModel } from "../models/facts-of-model.ts";
import { familyNames } from "../models/family-data.ts";
import { bedrockModelId, providerNamed } from "../models/model-name.ts";

/** A model in full, for ids that the data does not know yet and for ARNs that do not say what is behind them. */
export interface ModelReference {
  /** Any of Bedrock's names; default Bedrock. */
  provider?: string;
  /** Id, profile id or ARN as it goes on the wire. */
  id: string;
  /** What the model speaks under InvokeModel. Default: the data's. */
  family?: ModelFamily;
  /** Id of the model whose capabilities, limits and prices hold. Default: its own, or what AWS tells of a profile. */
  baseModel?: string;
}

/** A model as the caller names it. */
export interface NamedModel {
  /** On the wire. */
  id: string;
  /** What the caller told; absent where only the id is given. */
  facts: ModelFacts | undefined;
}

/**
 * Reads `bedrock:ID` and the other forms of {@link parseModelName}, or a {@link ModelReference}. Throws AditError `invalid_request` with the path of what is
 * missing or of the wrong type, and `unknown_provider`.
 */
export function namedModel(model: string | ModelReference): NamedModel {
  if (typeof model === "string") {
    return { id: wireId(model, "model"), facts: undefined };
  }
  if (!isJsonObject(model)) {
    throw invalid("model", "model must be a name, such as bedrock:us.amazon.nova-lite-v1:0, or an object with an id.");
  }
  const { provider, id, family, baseModel } = model as Record<keyof ModelReference, unknown>;
  if (provider !== undefined && (typeof provider !== "string" || providerNamed(provider) !== "bedrock")) {
    throw new AditError("unknown_provider", "model.provider must be one of Bedrock's names, such as amazon_bedrock.", {
      param: "model.provider",
      remedy: "Leave it out, or write amazon_bedrock.",
    });
  }
  const named = wireId(id, "model.id");
  return { id: named, facts: toldFacts(named, { family, baseModel }) };
}

function wireId(name: unknown, path: string): string {
  if (typeof name !== "string") {
    throw invalid(path, `${path} must be a string.`);
  }
  const id = bedrockModelId(name, path);
  if (id === "") {
    throw invalid(path, `${path} names no model.`);
  }
  return id;
}

function toldFacts(id: string, told: { family: unknown; baseModel: unknown }): ModelFacts | undefined {
  const { family, baseModel } = told;
  if (family === undefined && baseModel === undefined) {
    return undefined;
  }
  if (baseModel !== undefined && typeof baseModel !== "string") {
    throw invalid("model.baseModel", "model.baseModel must be the id of a model.");
  }
  const facts = { ...factsOfModel(baseModel === undefined ? id : wireId(baseModel, "model.baseModel")), id };
  if (family === undefined || family === facts.family) {
    return facts;
  }
  const known = familyNames.find((name) => name === family);
  if (known === undefined) {
    throw invalid("model.family", `model.family must be one of ${familyNames.join(", ")}.`);
  }
  return factsOfFamily(id, known);
}

function invalid(param: string, message: string): AditError {
  return new AditError("invalid_request", message, { param });
}
