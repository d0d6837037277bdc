import { familyRows, lineOf, type FamilyRow, type LineRow } from "./family-data.ts";
import { stripGeography } from "./geography.ts";
import { parseModelArn } from "./model-arn.ts";
import { modelRows, type ModelRow } from "./model-data.ts";
import type { ModelFacts, ModelFamily } from "./model-facts.ts";
import { needText } from "../known-options.ts";

type Particulars = Pick<
  ModelFacts,
  "known" | "contextTokens" | "maxOutputTokens" | "geographies" | "profileOnly" | "regions" | "lifecycle"
>;
type Behaviour = Omit<ModelFacts, keyof Particulars | "id" | "baseId" | "behind" | "family" | "provider">;

/** AWS's grammar allows model identifiers of up to 2,048 characters: a longer one cannot exist, and is neither looked up nor remembered. */
const longestId = 2_048;
const rememberLimit = 2_000;
const remembered = new Map<string, ModelFacts>();

/** Variants for provisioned throughput carry their context window: `anthropic.claude-3-haiku-20240307-v1:0:48k`. */
const contextSuffix = /:\d+[km]$/;

/**
 * What is known of the model that `id` names: an id with or without a geography, or an ARN. Where an ARN is opaque (an application inference
 * profile, provisioned throughput ...) the facts are those of `foundationModel`, an id or ARN that GetInferenceProfile told, else
 * everything is allowed and AWS decides. A well-formed id that is not in the data has the facts of its family. The same
 * frozen object for the same arguments, as long as it is remembered.
 */
export function factsOfModel(id: string, foundationModel?: string): ModelFacts {
  needText(id, "model");
  const key = foundationModel === undefined ? id : `${id}\n${foundationModel}`;
  const known = remembered.get(key);
  if (known !== undefined) {
    return known;
  }
  const named = baseIdOf(id);
  const behind = named === undefined && foundationModel !== undefined ? foundationModel : undefined;
  const facts = factsOf(id, named ?? (behind === undefined ? undefined : baseIdOf(behind)), behind);
  if (key.length <= 2 * longestId) {
    remember(key, facts);
  }
  return facts;
}

/** The facts of a family, for a model that the data does not know and whose family the caller tells. */
export function factsOfFamily(id: string, family: ModelFamily): ModelFacts {
  return {
    id,
    baseId: id,
    family,
    provider: "",
    ...behaviour(familyRows[family], undefined),
    ...particulars(undefined),
  };
}

function remember(key: string, facts: ModelFacts): void {
  for (const oldest of remembered.keys()) {
    if (remembered.size < rememberLimit) {
      break;
    }
    remembered.delete(oldest);
  }
  remembered.set(key, facts);
}

/** The foundation model's id that the text itself tells; undefined where it tells none. */
function baseIdOf(text: string): string | undefined {
  if (text.length > longestId) {
    return undefined;
  }
  const named = text.startsWith("arn:") ? idInArn(text) : stripGeography(text).baseId;
  if (named === undefined || !named.includes(".")) {
    return undefined;
  }
  return modelRows.has(named) ? named : named.replace(contextSuffix, "");
}

function idInArn(text: string): string | undefined {
  const arn = parseModelArn(text);
  if (arn?.resourceType === "foundation-model" || arn?.resourceType === "inference-profile") {
    return stripGeography(arn.resourceId).baseId;
  }
  // `custom-model/PROVIDER.NAME/ID`: the model that was customised stands before the id.
  return arn?.resourceType === "custom-model" ? arn.resourceId.split("/", 1)[0] : undefined;
}

function factsOf(id: string, baseId: string | undefined, behind: string | undefined): ModelFacts {
  const line = baseId === undefined ? undefined : lineOf(baseId);
  const family = line?.family ?? "unknown";
  const facts: ModelFacts = {
    id,
    baseId: baseId ?? id,
    family,
    provider: baseId === undefined ? "" : baseId.slice(0, baseId.indexOf(".")),
    ...behaviour(familyRows[family], line),
    ...particulars(baseId === undefined ? undefined : modelRows.get(baseId)),
    ...(behind !== undefined && { behind }),
  };
  // Shared by every request that names the model.
  Object.freeze(facts.can);
  Object.freeze(facts.sampling);
  return Object.freeze(facts);
}

/** What no family has as a whole. */
function flagsOf(line: LineRow | undefined): Pick<Behaviour, "promptBody" | "alwaysThinks" | "bindsThinking"> {
  return {
    promptBody: line?.promptBody ?? false,
    alwaysThinks: line?.alwaysThinks ?? false,
    bindsThinking: line?.bindsThinking ?? false,
  };
}

function behaviour(family: FamilyRow, line: LineRow | undefined): Behaviour {
  const { topKPath, ...sampling } = { ...family.sampling, ...line?.sampling };
  return {
    can: { ...family.can, ...line?.can },
    ...flagsOf(line),
    thinking: line?.thinking ?? family.thinking,
    effort: line?.effort ?? family.effort,
    reasonsUnasked: family.reasonsUnasked,
    reasoningBack: family.reasoningBack,
    toolIds: family.toolIds,
    schemas: family.schemas,
    sampling: { ...sampling, topKPath: sampling.accepted ? topKPath : undefined },
    ...(line?.betas !== undefined && { betas: line.betas }),
  };
}

function particulars(row: ModelRow | undefined): Particulars {
  const { contextTokens, maxOutputTokens, geographies = [], profileOnly = false, regions = [] } = row ?? {};
  return {
    known: row !== undefined,
    geographies,
    profileOnly,
    regions,
    lifecycle: row?.lifecycle ?? "unknown",
    ...(contextTokens !== undefined && { contextTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}
