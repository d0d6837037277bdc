/** Which models may be asked. A name counts as the caller wrote it, and as it goes on the wire. */
import { factsOfModel, parseModelArn, stripGeography } from "@adit/bedrock";
import { z } from "zod";
import { kind, turned, type CheckContext, type Judgement, type ReadyCheck } from "../check.ts";

const models = z.array(z.string().min(1)).max(1_000);
const not = z.boolean().optional();

/** A check that can never judge would let all models pass. */
const namesNone = "names no model";

const metadataRule = z.strictObject({ metadataKey: z.string(), values: z.array(z.string()), models });

export const modelWhitelist = kind(
  z
    .strictObject({ models: models.optional(), metadataRules: z.array(metadataRule).max(1_000).optional(), not })
    .refine(({ models: always = [], metadataRules = [] }) => [always, metadataRules].some(({ length }) => length > 0), {
      message: namesNone,
    }),
  ({ models: always = [], metadataRules = [], not: isTurned }) =>
    allowing((metadata) => {
      const matched = metadataRules
        .filter(({ metadataKey, values }) => {
          const value = own(metadata, metadataKey);
          return value !== undefined && values.includes(value);
        })
        .flatMap((rule) => rule.models);
      return matched.length > 0 ? matched : always;
    }, isTurned),
);

const rules = z
  .strictObject({
    defaults: models.optional(),
    metadata: z.record(z.string(), z.record(z.string(), models)).optional(),
  })
  .refine(({ defaults = [], metadata = {} }) => defaults.length > 0 || Object.keys(metadata).length > 0, {
    message: namesNone,
  });

export const modelRules = kind(
  z.strictObject({ rules, not }),
  ({ rules: { defaults = [], metadata = {} }, not: isTurned }) =>
    allowing((given) => {
      const matched = Object.entries(metadata).flatMap(([key, byValue]) => {
        const value = own(given, key);
        return value === undefined ? [] : (own(byValue, value) ?? []);
      });
      return matched.length > 0 ? matched : defaults;
    }, isTurned),
);

function allowing(
  allowed: (metadata: CheckContext["metadata"]) => readonly string[],
  isTurned: boolean | undefined,
): ReadyCheck {
  return {
    grasp: "whole",
    isTextless: true,
    judge: async (_texts, { model, modelAsked, metadata, provider, tools }): Promise<Judgement> => {
      const list = allowed(metadata);
      if (list.length === 0) return unjudged("The rules name no model for this request.");
      const isNamed = list.includes(model) || list.includes(modelAsked);
      if (isNamed || isTurned !== true) return judgedBy(isNamed, isTurned);
      // What must not be asked is not asked by another of its names either: a profile of a geography, an ARN.
      if (provider !== "bedrock" || !hidesModel(model)) return judgedBy(namesOf(model).some(isIn(list)), isTurned);
      const behind = await tools.modelBehind();
      if (behind === undefined) return unjudged("AWS did not say which model is behind the inference profile.");
      return judgedBy(namesOf(behind).some(isIn(list)), isTurned);
    },
  };
}

function judgedBy(isListed: boolean, isTurned: boolean | undefined): Judgement {
  const verdict = turned(isListed, isTurned);
  return { verdict, data: { explanation: `The model is ${isListed ? "" : "not "}in the list.` } };
}

function unjudged(error: string): Judgement {
  return { verdict: false, data: null, error };
}

function isIn(list: readonly string[]): (name: string) => boolean {
  return (name) => list.includes(name);
}

/** True for an application inference profile: its name tells nothing, and AWS can be asked. */
function hidesModel(model: string): boolean {
  return parseModelArn(model)?.resourceType === "application-inference-profile";
}

/** The other names of what a model's name leads to. */
function namesOf(model: string): string[] {
  const { baseId, profileOnly, geographies } = factsOfModel(model);
  const id = parseModelArn(model)?.resourceId ?? model;
  const isPlain = id === model && stripGeography(model).geography === undefined;
  // Of such a model a plain id is answered by the profile of the region's geography, which is never the global one.
  const standIns = isPlain && profileOnly ? geographies.filter((geography) => geography !== "global") : [];
  return [id, baseId, ...standIns.map((geography) => `${geography}.${baseId}`)];
}

function own<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
