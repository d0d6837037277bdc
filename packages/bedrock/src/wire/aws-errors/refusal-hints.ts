import { typeFault } from "../../converse/check-request.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import { AditError } from "../../errors/adit-error.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { profileIdFor, stripGeography } from "../../models/geography.ts";
import { nearestModelIds, regionsOfModel } from "../../models/nearest-models.ts";

/**
 * AWS's words for an id that it does not have in the region; the same for a wrong id and for a model that is offered elsewhere. Between
 * "model" and what it is not stands its id at most: "The model returned the following errors: ... is not supported" is of the request.
 */
const unknownModel =
  /model identifier is invalid|could not resolve the foundation model|model(?: \S+)?(?: is)? not (?:found|supported)/i;
/** AWS's words may repeat what the caller sent, however long that is: what they are about stands at their beginning. */
const longestWords = 2_000;
const onDemand = /on-demand throughput isn.t supported/i;

interface Asked {
  model: string;
  region: string;
  /** Of a call of Converse. */
  request?: ConverseRequest | undefined;
}

/**
 * A refusal that the model's id or region explains, with that explanation as its remedy: the regions where the model is offered,
 * the profile to use, or the nearest ids. Of a member that AWS could not read, which it does not name: where it is. Any other error comes
 * back as it is.
 */
export function withHint(error: AditError, place: Asked): AditError {
  const remedy = error.aws === undefined ? undefined : remedyFor(error, place);
  if (remedy === undefined) return error;
  const hinted = new AditError(error.code, error.message, {
    status: error.status,
    retryable: error.retryable,
    remedy,
    cause: error.cause,
    ...(error.param !== undefined && { param: error.param }),
    ...(error.aws !== undefined && { aws: error.aws }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  });
  hinted.place = error.place;
  return hinted;
}

/** True for AWS's refusal of a model that it does not have in the region. */
export function isUnknownModel({ status, message, aws }: Pick<AditError, "status" | "message" | "aws">): boolean {
  return aws !== undefined && (status === 400 || status === 404) && unknownModel.test(message.slice(0, longestWords));
}

function remedyFor(error: AditError, { model, region, request }: Asked): string | undefined {
  if (error.code === "SerializationException") {
    const fault = request === undefined ? undefined : typeFault(request);
    return fault === undefined ? undefined : `In the request that went to Bedrock ${fault}.`;
  }
  if (error.status === 400 && onDemand.test(error.message)) {
    const profile = profileIdFor(model, region);
    return profile === undefined ? undefined : `Use the inference profile ${profile}.`;
  }
  if (!isUnknownModel(error) || model.startsWith("arn:")) return undefined;
  if (factsOfModel(model).known) return regionsElsewhere(model, region);
  const nearest = nearestModelIds(model, 3);
  return nearest.length === 0
    ? `Bedrock has no model "${shown(model)}", and Adit knows none with an id like it.`
    : `Bedrock has no model "${shown(model)}"; the nearest ids are ${nearest.join(", ")}.`;
}

/**
 * How the model is called in this region, else where the data has it: in regions, which it may not have all, and by profiles of
 * geographies. Nothing where the data knows no better than what was asked.
 */
function regionsElsewhere(model: string, region: string): string | undefined {
  const { geography, baseId } = stripGeography(model);
  const { geographies } = factsOfModel(model);
  const here = profileIdFor(baseId, region);
  if (here !== undefined && here !== model && geographies.some((known) => here === `${known}.${baseId}`)) {
    return `In ${region} the model is called as ${here}.`;
  }
  const regions = regionsOfModel(model);
  if (regions.includes(region)) {
    return geography === undefined ? undefined : `In ${region} the model is called as ${baseId}.`;
  }
  const profiles = geographies.map((known) => `${known}.${baseId}`).filter((profile) => profile !== model);
  const places = [
    ...(regions.length === 0 ? [] : [`at least in ${regions.join(", ")}`]),
    ...(profiles.length === 0 ? [] : [`by the inference profiles ${profiles.join(", ")}`]),
  ];
  return places.length === 0
    ? undefined
    : `Adit knows the model, but not as ${shown(model)} in ${region}: it is offered ${places.join(" and ")}.`;
}

function shown(model: string): string {
  return model.length > 100 ? `${model.slice(0, 100)}...` : model;
}
