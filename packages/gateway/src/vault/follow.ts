/**
 * Virtual keys that follow another, as Portkey's providers do their integration: its credential and bounds are theirs, and each change of it
 * is theirs in the same transaction. Their own are their names, their limits and an earlier end. The secret is kept once.
 */
import { isDeepStrictEqual } from "node:util";
import { AditError, type Clock } from "@adit/bedrock";
import { recordChange, type Actor } from "../store/audit.ts";
import type { Database, Writing } from "../store/store.ts";
import { checkStillServes } from "../store/uses.ts";
import { termFault } from "../terms/term-fault.ts";
import { servedBy } from "./check-virtual-key.ts";
import { lockedKey } from "./find-virtual-key.ts";
import { columnsOf } from "./virtual-key-row.ts";
import { forgetTests } from "./virtual-key-tests.ts";
import type { RecordPlace } from "./vault.ts";
import type { VirtualKey, VirtualKeyPatch } from "./virtual-key.ts";

/** Where the vault keeps the secrets of a virtual key. */
export function placeOf({ id, follows }: Pick<VirtualKey, "id" | "follows">): RecordPlace {
  return { kind: "virtual_key", id: follows?.id ?? id };
}

/** When it ends, by somebody's word. */
export interface End {
  disabled: boolean;
  expiresAt: number | undefined;
}

/** What comes of its own end and that of what it follows: whichever is earlier. */
export function endOf(own: End, integration: End | undefined): End {
  if (integration === undefined) return own;
  const end = Math.min(own.expiresAt ?? Infinity, integration.expiresAt ?? Infinity);
  return { disabled: own.disabled || integration.disabled, expiresAt: end === Infinity ? undefined : end };
}

/** Its own end and what comes of it, as they are kept. */
export function endColumns(own: End, integration: End | undefined) {
  const { disabled, expiresAt } = endOf(own, integration);
  const followed = { ownDisabled: own.disabled ? 1 : 0, ownExpiresAt: own.expiresAt ?? null } as const;
  return {
    disabled: disabled ? 1 : 0,
    expiresAt: expiresAt ?? null,
    ...(integration !== undefined && followed),
  } as const;
}

/**
 * A key that follows would bring a credential back into use that was taken out of it, by whoever may make one and need not be able to change it.
 * @throws AditError `invalid_request` for an integration that is switched off, expired, or follows another itself.
 */
export function checkFollowed(integration: VirtualKey, nowMs: number): void {
  const { slug, disabled, expiresAt = Infinity, follows } = integration;
  const param = "integration_id";
  if (follows !== undefined) {
    throw new AditError("invalid_request", `${slug} is a provider itself, of the integration ${follows.slug}.`, {
      param,
      remedy: `Name ${follows.slug}.`,
    });
  }
  if (!disabled && expiresAt > nowMs) return;
  throw new AditError("invalid_request", `The virtual key ${slug} is ${disabled ? "switched off" : "expired"}.`, {
    param,
    remedy: "Change that first, or store a credential of its own.",
  });
}

/** @throws AditError `invalid_request` for an end that is asked for and would be none */
export function checkEndsBefore({ slug, expiresAt: end }: VirtualKey, expiresAt: number | undefined): void {
  if (end === undefined || (expiresAt ?? end) <= end) return;
  throw termFault("expires_at", `must be no later than that of ${slug}, ${new Date(end).toISOString()}.`);
}

/** Fields of a patch that are the integration's to say, by the names of the API. */
const saidAbove = [
  ["credential", "credential"],
  ["kind", "kind"],
  ["region", "region"],
  ["allowedModels", "allowed_models"],
  ["allowedRegions", "allowed_regions"],
  ["endpoint", "endpoint"],
  ["attribution", "attribution"],
] as const satisfies readonly (readonly [keyof VirtualKeyPatch, string])[];

/** @throws AditError `invalid_request` that names the first field which the integration says */
export function checkOwnTerms({ slug, follows }: VirtualKey, patch: VirtualKeyPatch): void {
  const [, param] = saidAbove.find(([name]) => patch[name] !== undefined) ?? [];
  if (follows === undefined || param === undefined) return;
  throw new AditError("invalid_request", `${slug} follows the integration ${follows.slug}, which says its ${param}.`, {
    param,
    remedy: `Change it at ${follows.slug}, for all that follow it, or store a credential of its own.`,
  });
}

/** Who switches on what its integration keeps off is told so. */
export function stillOff(integration: VirtualKey | undefined, patch: VirtualKeyPatch): string[] {
  if (integration?.disabled !== true || patch.disabled !== false) return [];
  return [`It stays off as long as its integration ${integration.slug} is switched off.`];
}

/** Those that follow it. */
export function followersOf(db: Database, id: string) {
  return db.selectFrom("virtualKeys").select(["id", "slug"]).where("integrationId", "=", id).orderBy("id").execute();
}

/** Has those that follow the key be what it is now. `isGivenAnew`: its credential was given again. @throws AditError `in_use` */
export async function bringAlong(
  writing: Writing,
  integration: VirtualKey,
  { isGivenAnew, actor, clock }: { isGivenAnew: boolean; actor: Actor; clock: Clock },
): Promise<void> {
  const { db } = writing;
  const { credential, sourceId, region, allowedModels, allowedRegions, endpoint, attribution } = integration;
  for (const { id } of await followersOf(db, integration.id)) {
    const before = await lockedKey(db, id);
    const own = before.follows ?? before;
    const followed = { credential, sourceId, region, allowedModels, allowedRegions, endpoint, attribution };
    const after = { ...before, ...followed, ...endOf(own, integration) };
    if (!isGivenAnew && isDeepStrictEqual(before, after)) continue;
    await checkStillServes(db, before, servedBy(credential.kind));
    const updatedAt = clock.now();
    const columns = { ...columnsOf(after), ...endColumns(own, integration), sourceId: sourceId ?? null, updatedAt };
    await db.updateTable("virtualKeys").set(columns).where("id", "=", id).execute();
    await forgetTests(db, { before, after, isGivenAnew });
    const told = {
      actor,
      action: "virtual_key.update",
      object: before,
      before,
      after: { ...after, updatedAt },
    } as const;
    await recordChange(writing, told, clock);
    writing.changed("virtual_key", id);
  }
}
