/** Finds prompts and what belongs to them by what a path or a body names, in the project that the call is about. */
import { AditError } from "@adit/bedrock";
import type { PromptCollection } from "../prompts/collections.ts";
import type { PromptLabel } from "../prompts/labels.ts";
import type { PromptPartial } from "../prompts/partials.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { readReference } from "../prompts/reference.ts";
import { soughtIn, type Sought } from "./find-object.ts";
import type { Call } from "./operation.ts";

export type AnyCall = Pick<Call<unknown, unknown>, "parameters" | "parts" | "project">;

/** By its slug or id, whatever stands behind its `@`. @throws AditError `not_found`, with slugs that are near. */
export async function promptIn(call: AnyCall): Promise<Prompt> {
  return soughtIn(call.parts.prompts, await call.project(), byReference(call, "prompt"));
}

/** As {@link promptIn}. */
export async function partialIn(call: AnyCall): Promise<PromptPartial> {
  return soughtIn(call.parts.partials, await call.project(), byReference(call, "partial"));
}

/**
 * For what is done to all versions at once: whoever names one of them may mean that alone.
 * @throws AditError `invalid_request`
 */
export function checkWhole(named: string, what: "prompt" | "partial"): void {
  if (!named.includes("@")) return;
  throw new AditError("invalid_request", `A ${what} is deleted with all its versions, and not one of them.`, {
    param: what,
    remedy: "Leave out what stands behind the name, from the @ on, if all of it is to go.",
  });
}

function byReference({ parameters }: AnyCall, what: "prompt" | "partial"): Sought {
  return { what, named: readReference(parameters[what] ?? "").name, param: what };
}

/** Where a label or collection is named. */
interface Naming {
  projectId: string;
  named: string;
  param?: string;
}

/** By its id or name. @throws AditError `not_found`, with names that are near. */
export function labelIn({ parts }: AnyCall, { projectId, named, param = "label" }: Naming): Promise<PromptLabel> {
  return soughtIn(parts.promptLabels, projectId, { what: "label", named, param });
}

/** By its id or slug. @throws AditError `not_found`, with slugs that are near. */
export function collectionIn(
  { parts }: AnyCall,
  { projectId, named, param = "collection" }: Naming,
): Promise<PromptCollection> {
  return soughtIn(parts.promptCollections, projectId, { what: "collection", named, param });
}
