/** Brings providers, virtual keys that follow another, to what the file of `adit apply` says. */
import { AditError } from "@adit/bedrock";
import { termsOf } from "../views/virtual-key-view.ts";
import type { VirtualKeyEntry } from "./apply-file.ts";
import { differing, step, withoutSameEnd, type ApplyStep, type Place } from "./apply-step.ts";
import { virtualKeyAsKept } from "./as-kept.ts";

export async function applyProvider(entry: VirtualKeyEntry, integration: string, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const { virtualKeys } = parts;
  const { slug, name, note, expires_at, disabled } = entry;
  checkOwnFields(entry, integration);
  const label = `${projectSlug}/${slug}`;
  const own = { name, ...termsOf({ note, expires_at }) };
  const switched = { ...(disabled !== undefined && { disabled }) };
  const found = await virtualKeys.bySlug(projectId, slug);
  if (found === undefined) {
    const from = await virtualKeys.bySlug(projectId, integration);
    if (from === undefined) throw noSuchIntegration(integration);
    const { virtualKey, warnings } = await virtualKeys.createFollowing(from.id, { ...own, slug }, actor);
    if (disabled === true) await virtualKeys.update(virtualKey.id, { disabled }, actor);
    return { ...step("create", "virtual key", label), warnings };
  }
  if (found.follows?.slug !== integration) throw followsAnother(slug, found.follows?.slug);
  const present = { ...found, disabled: found.follows.disabled, expiresAt: found.follows.expiresAt };
  const fields = differing({ ...virtualKeyAsKept(own, present), ...switched }, present);
  if (fields.length === 0) return step("keep", "virtual key", label);
  const { warnings } = await virtualKeys.update(found.id, { ...withoutSameEnd(own, fields), ...switched }, actor);
  return { ...step("update", "virtual key", label), fields, warnings };
}

/** @throws AditError `invalid_request` that names what the integration says */
function checkOwnFields(entry: VirtualKeyEntry, integration: string): void {
  const own = new Set(["integration", "slug", "name", "note", "expires_at", "disabled"]);
  const [param] = Object.entries(entry).flatMap(([name, value]) =>
    value === undefined || own.has(name) ? [] : [name],
  );
  if (param === undefined) return;
  throw new AditError("invalid_request", `The integration ${integration} says the ${param} of those that follow it.`, {
    param,
    remedy: `Write it at ${integration}, or leave out integration.`,
  });
}

function noSuchIntegration(slug: string): AditError {
  return new AditError("invalid_request", `The project has no virtual key ${JSON.stringify(slug.slice(0, 64))}.`, {
    param: "integration",
    remedy: "Name the slug of a virtual key of the project, or of one in this file.",
  });
}

/** One that is there and follows another, or none: what it follows stays. */
export function followsAnother(slug: string, integration: string | undefined): AditError {
  const follows = integration === undefined ? "follows no integration" : `follows the integration ${integration}`;
  return new AditError("invalid_request", `The virtual key ${slug} ${follows}, and that stays.`, {
    param: "integration",
    remedy: integration === undefined ? "Leave it out, or take another slug." : `Write integration: ${integration}.`,
  });
}
