/** Keywords AI's fields of a body that say which models are called: `fallback_models`, `load_balance_group`, `retry_params`. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import { bedrockFields, flagFrom, isBlank, isName, modelsFrom, wrongType } from "./body-fields.ts";
import { largestWeight } from "../config/config-schema.ts";

export const routingFields = ["fallback_models", "disable_fallback", "load_balance_group", "retry_params"];

/** A model of `load_balance_group`. */
export interface BalancedModel {
  model: string;
  weight: number;
  /** Replaces the request's, where it has any. */
  credentials: { credentials: JsonObject | undefined; bedrockPath: string; weighted: undefined } | undefined;
}

/** `retry_params`. */
export interface RequestRetry {
  /** Tries after the first. */
  attempts: number;
  /** Milliseconds between two tries. */
  wait_ms?: number;
}

const noModels: readonly string[] = [];
const mostBalanced = 100;

/** The models to go on to. */
export function fallbackModelsIn(body: JsonObject): readonly string[] {
  const models = modelsFrom(body["fallback_models"] ?? undefined, "fallback_models") ?? noModels;
  return flagFrom(body["disable_fallback"] ?? undefined, "disable_fallback") === true ? noModels : models;
}

/** The group to draw a model from. A body's own `model` goes before the group, as its documents say; then that is told. */
export function balancedModelsIn(body: JsonObject): {
  balancedModels: readonly BalancedModel[] | undefined;
  dropped: readonly string[];
} {
  const name = "load_balance_group";
  const group = body[name] ?? undefined;
  if (group === undefined) return { balancedModels: undefined, dropped: noModels };
  if (!isJsonObject(group)) throw wrongType(name, "an object");
  const models = group["models"] ?? undefined;
  if (models !== undefined && (!Array.isArray(models) || models.length === 0 || models.length > mostBalanced)) {
    throw wrongType(`${name}.models`, `an array of 1 to ${mostBalanced} models`);
  }
  const dropped: string[] = [];
  const balancedModels = models?.map((entry, index) => balancedFrom(entry, `${name}.models[${index}]`, dropped));
  if ((body["model"] ?? undefined) !== undefined) return { balancedModels, dropped: [name] };
  if (balancedModels === undefined) {
    throw new AditError("not_stored", `${name}.group_id: no group is stored here.`, {
      param: `${name}.group_id`,
      remedy: `Send the group's models as ${name}.models.`,
    });
  }
  return { balancedModels, dropped };
}

function balancedFrom(entry: JsonValue, path: string, unread: string[]): BalancedModel {
  if (!isJsonObject(entry)) throw wrongType(path, "an object");
  const { model } = entry;
  if (typeof model !== "string" || model.trim() === "" || !isName(model))
    throw wrongType(`${path}.model`, "a model's name");
  const weight = entry["weight"] ?? 1;
  if (typeof weight !== "number" || !Number.isInteger(weight) || weight < 1 || weight > largestWeight) {
    throw wrongType(`${path}.weight`, `a whole number from 1 to ${largestWeight}`);
  }
  const given = entry["credentials"] ?? undefined;
  if (isBlank(given)) return { model, weight, credentials: undefined };
  const at = `${path}.credentials`;
  return {
    model,
    weight,
    credentials: { credentials: bedrockFields(given, at, unread), bedrockPath: `${at}.bedrock`, weighted: undefined },
  };
}

const retryNames = ["num_retries", "retry_after", "retry_enabled"];
const mostRetries = 20;
/** The waits of a target's own tries end with a minute. */
const longestWaitSeconds = 60;

/** Its names are all that there are: any other is refused, as Keywords AI does. */
export function retryFrom(value: JsonValue | undefined): RequestRetry | undefined {
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) throw wrongType("retry_params", "an object");
  const stranger = Object.keys(value).find((name) => !retryNames.includes(name));
  if (stranger !== undefined) {
    const path = `retry_params.${stranger.slice(0, 64)}`;
    throw new AditError("invalid_request", `${path} is not known.${didYouMean(stranger, retryNames)}`, {
      param: path,
      remedy: `Use ${retryNames.join(", ")}.`,
    });
  }
  const retries = value["num_retries"] ?? undefined;
  if (retries !== undefined && !isBetween(retries, 1, mostRetries, Number.isInteger)) {
    throw wrongType("retry_params.num_retries", `a whole number from 1 to ${mostRetries}`);
  }
  const wait = value["retry_after"] ?? undefined;
  if (wait !== undefined && !isBetween(wait, Number.MIN_VALUE, longestWaitSeconds)) {
    throw wrongType("retry_params.retry_after", `a number of seconds above 0, ${longestWaitSeconds} at most`);
  }
  if (flagFrom(value["retry_enabled"] ?? undefined, "retry_params.retry_enabled") === false) return { attempts: 0 };
  if (retries === undefined) return undefined;
  return { attempts: retries, ...(wait !== undefined && { wait_ms: wait * 1000 }) };
}

function isBetween(
  value: JsonValue,
  least: number,
  most: number,
  isForm: (value: number) => boolean = () => true,
): value is number {
  return typeof value === "number" && value >= least && value <= most && isForm(value);
}
