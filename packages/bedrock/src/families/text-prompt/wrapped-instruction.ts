/** The template that Mistral's first models expect around a prompt, put on a native body once: as AI Squared's connector does. */
import { isJsonObject } from "../../json.ts";
import { spanAt } from "../../json-text/json-span.ts";
import type { ModelFacts } from "../../models/model-facts.ts";

/**
 * The body with its plain prompt wrapped; undefined where nothing is to be done: another family, no prompt, one that is wrapped already.
 * All else of the text stays as it is.
 */
export function wrappedInstruction(body: string, { family }: Pick<ModelFacts, "family">): string | undefined {
  if (family !== "mistral-text") {
    return undefined;
  }
  const parsed: unknown = JSON.parse(body);
  const prompt = isJsonObject(parsed) ? parsed["prompt"] : undefined;
  const span = spanAt(body, ["prompt"]);
  if (typeof prompt !== "string" || span === undefined || isWrapped(prompt)) {
    return undefined;
  }
  return `${body.slice(0, span.start)}${JSON.stringify(`<s>[INST] ${prompt} [/INST]`)}${body.slice(span.end)}`;
}

function isWrapped(prompt: string): boolean {
  const bare = prompt.trim();
  return bare.startsWith("<s>[INST]") && bare.endsWith("[/INST]");
}
