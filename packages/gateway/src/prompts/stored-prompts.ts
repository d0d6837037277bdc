/** What calls ask of the store about prompts. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { Stored, StoredParts } from "../stored.ts";
import type { FoundPrompt } from "./prompts.ts";
import { readReference, referenceKey } from "./reference.ts";
import type { Template } from "./template/template.ts";

export interface PromptSource {
  /** Undefined where the project has none. Rejects with AditError `store_unavailable`. */
  findPrompt(reference: string, projectId: string): Promise<FoundPrompt | undefined>;
  findPartial(reference: string, projectId: string): Promise<Template | undefined>;
  /** What a reference that names nothing may have been meant for, in words. */
  hint(reference: string, projectId: string): Promise<string>;
}

/** Near slugs are looked for among these many. */
const compared = 1_000;

export function storedPromptsOf(stored: Stored): PromptSource {
  return sourceOn(() => stored.ready());
}

/** The same over parts that are open. */
export function promptSourceOf(parts: Pick<StoredParts, "prompts" | "partials">): PromptSource {
  return sourceOn(() => parts);
}

type Parts = Pick<StoredParts, "prompts" | "partials">;

function sourceOn(ready: () => Parts | Promise<Parts>): PromptSource {
  return {
    findPrompt: async (reference, projectId) => (await ready()).prompts.findReady(reference, projectId),
    findPartial: async (reference, projectId) => (await ready()).partials.findTemplate(reference, projectId),
    hint: async (reference, projectId) => hintFor(await ready(), reference, projectId),
  };
}

async function hintFor({ prompts }: Parts, reference: string, projectId: string): Promise<string> {
  const { name, selector } = readReference(reference);
  // What can name nothing is near to nothing, and the database may not even take it.
  if (referenceKey(name) === undefined) return "";
  const prompt = await prompts.find(projectId, name);
  if (prompt === undefined) {
    const others = await prompts.list(projectId, { limit: compared });
    return didYouMean(
      name,
      others.map(({ slug }) => slug),
    );
  }
  return selector.kind === "label"
    ? " None of its versions has this label."
    : ` Its versions are 1 to ${prompt.currentVersion}.`;
}

/** `param`: where the body names it; undefined: the path does, and the answer is a 404. */
export function noSuchPrompt(reference: string, hint: string, param?: string): AditError {
  const words = `No prompt is saved as ${JSON.stringify(reference.slice(0, 96))}.${hint}`;
  const remedy = "Check the slug, and what stands behind its @: a version, latest, published or a label.";
  if (param === undefined) return new AditError("not_found", words, { remedy });
  return new AditError("not_stored", words, { param, remedy });
}
