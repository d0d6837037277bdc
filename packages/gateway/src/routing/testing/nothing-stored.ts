/** What routing asks of a store in which there is nothing. */
import { AditError } from "@adit/bedrock";
import type { PromptSource } from "../../prompts/stored-prompts.ts";
import type { FindConfig, FindGuardrail } from "../dependencies.ts";
import type { StoredKeys } from "../plan/stored-keys.ts";

export const noKeysStored: StoredKeys = {
  find: () => Promise.resolve(undefined),
  slugs: () => Promise.resolve([]),
  source: () => {
    throw new TypeError("Nothing is stored.");
  },
  apiKey: () => Promise.reject(new TypeError("Nothing is stored.")),
};

export const noConfigSaved: FindConfig = (slug) => Promise.reject(notStored("config", slug));

export const noGuardrailSaved: FindGuardrail = (slug) => Promise.reject(notStored("guardrail", slug));

export const noPromptsStored: PromptSource = {
  findPrompt: () => Promise.resolve(undefined),
  findPartial: () => Promise.resolve(undefined),
  hint: () => Promise.resolve(""),
};

function notStored(kind: string, slug: string): AditError {
  return new AditError("not_stored", `No ${kind} is saved as "${slug.slice(0, 64)}".`, { param: "config" });
}
