/** By what images and videos are asked for under InvokeModel. */
import type { JsonObject } from "@adit/bedrock";
import type { PlacedText } from "./placed-text.ts";
import { contentTexts, objectAt, textAt } from "./texts-in-parts.ts";

/** What images and videos are made of, in the words of Titan, Nova and Stability, and what Marengo embeds. */
export function drawnTexts(body: JsonObject): PlacedText[] {
  const parameters = Object.keys(body).filter((name) => /^\w{1,64}Params$/.test(name));
  return [
    ...parameters.flatMap((name) => {
      const given = objectAt(body, name);
      // What of a picture is meant stands an object further in.
      const masks = Object.keys(given).flatMap((mask) => textAt(objectAt(given, mask), "maskPrompt", [name, mask]));
      return [...drawnBy.flatMap((member) => textAt(given, member, [name])), ...masks];
    }),
    ...contentTexts(body["text_prompts"], ["text_prompts"], "asked"),
    // By what it is embedded with, the member that holds it has one name or another.
    ...Object.keys(body).flatMap((name) => textAt(objectAt(body, name), "inputText", [name])),
  ];
}

const drawnBy = ["text", "negativeText", "prompt", "maskPrompt"];
