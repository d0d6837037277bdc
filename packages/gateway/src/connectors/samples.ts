/** A request and an answer of each model that AI Squared's page names: what a form offers as request and response format. */
import { stripGeography, type JsonObject } from "@adit/bedrock";
import data from "./data/samples.json" with { type: "json" };

export interface Sample {
  maker: string;
  model_ids: readonly string[];
  request_format: JsonObject;
  response_format: JsonObject;
}

export const samples: readonly Sample[] = data.samples;

const byBaseId = new Map(
  samples.flatMap((sample) => sample.model_ids.map((id) => [stripGeography(id).baseId, sample] as const)),
);

/** The sample of a model, with or without its geography; undefined for one that the page does not name. */
export function sampleOf(model: string): Sample | undefined {
  return byBaseId.get(stripGeography(model).baseId);
}
