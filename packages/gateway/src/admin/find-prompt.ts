/** Finds prompts and what belongs to them by what a path or a body names, in the project that the call is about. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { PromptCollection } from "../prompts/collections.ts";
import type { PromptLabel } from "../prompts/labels.ts";
import type { PromptPartial } from "../prompts/partials.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { readReference } from "../prompts/reference.ts";
import type { Call } from "./operation.ts";

export type AnyCall = Pick<Call<unknown, unknown>, "parameters" | "parts" | "project">;

/** Near names are looked for among these many. */
const compared = 1_000;

/** By its slug or id, whatever stands behind its `@`. @throws AditError `not_found`, with slugs that are near. */
export async function promptIn(call: AnyCall): Promise<Prompt> {
  const projectId = await call.project();
  const { name } = readReference(call.parameters["prompt"] ?? "");
  const found = await call.parts.prompts.find(projectId, name);
  if (found !== undefined) return found;
  const others = await call.parts.prompts.list(projectId, { limit: compared });
  throw missing("prompt", name, {
    others: others.map(({ slug }) => slug),
    param: "prompt",
  });
}

/** As {@link promptIn}. */
export async function partialIn(call: AnyCall): Promise<PromptPartial> {
  const projectId = await call.project();
  const { name } = readReference(call.parameters["partial"] ?? "");
  const found = await call.parts.partials.find(projectId, name);
  if (found !== undefined) return found;
  const others = await call.parts.partials.list(projectId, { limit: compared });
  throw missing("partial", name, {
    others: others.map(({ slug }) => slug),
    param: "partial",
  });
}

/** By its id or name. @throws AditError `not_found` */
export async function labelIn(
  { parts }: AnyCall,
  { projectId, named, param = "label" }: { projectId: string; named: string; param?: string },
): Promise<PromptLabel> {
  const found = await parts.promptLabels.find(projectId, named);
  if (found !== undefined) return found;
  const others = await parts.promptLabels.list(projectId, { limit: compared });
  throw missing("label", named, {
    others: others.map(({ name }) => name),
    param,
  });
}

/** By its id or slug. @throws AditError `not_found` */
export async function collectionIn(
  { parts }: AnyCall,
  { projectId, named, param = "collection" }: { projectId: string; named: string; param?: string },
): Promise<PromptCollection> {
  const found = await parts.promptCollections.find(projectId, named);
  if (found !== undefined) return found;
  const others = await parts.promptCollections.list(projectId, { limit: compared });
  throw missing("collection", named, {
    others: others.map(({ slug }) => slug),
    param,
  });
}

function missing(
  what: string,
  name: string,
  { others, param }: { others: readonly string[]; param: string },
): AditError {
  return new AditError(
    "not_found",
    `The project has no ${what} ${JSON.stringify(name.slice(0, 64))}.${didYouMean(name, others)}`,
    { param, remedy: "Check its name, and the project (workspace_id)." },
  );
}
