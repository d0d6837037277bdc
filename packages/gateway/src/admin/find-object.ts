/** Finds what a path names, in the project that the call is about: what is of another project is not there. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { GatewayKey } from "../access/gateway-key.ts";
import type { Connector } from "../connectors/connector.ts";
import type { SavedGuardrail } from "../guardrails/saved/saved-guardrails.ts";
import type { SavedConfig } from "../routing/saved-configs/saved-configs.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import type { ListPage } from "../store/list-page.ts";
import type { Call } from "./operation.ts";

type AnyCall = Pick<Call<unknown, unknown>, "parameters" | "parts" | "project" | "checkRight">;

/** Near names are looked for among these many. */
const compared = 1_000;

/** By its slug, `@slug`, or id. @throws AditError `not_found`, with slugs that are near. */
export async function virtualKeyOf(
  call: AnyCall,
  { named, param }: Pick<Sought, "named" | "param"> = { named: call.parameters["slug"] ?? "", param: "slug" },
): Promise<VirtualKey> {
  const projectId = await call.project();
  const { virtualKeys } = call.parts;
  const slug = named.replace(/^@/, "");
  const found = (await virtualKeys.bySlug(projectId, slug)) ?? (await virtualKeys.byId(slug));
  if (found?.projectId === projectId) return found;
  const others = await virtualKeys.list(projectId, { limit: compared });
  throw missing({ what: "virtual key", named: slug, param }, others);
}

/** By its slug or id. @throws AditError `not_found`, with slugs that are near. */
export async function configOf(call: AnyCall): Promise<SavedConfig> {
  return soughtIn(call.parts.configs, await call.project(), bySlug(call, "config"));
}

/** By its slug or id. @throws AditError `not_found`, with slugs that are near. */
export async function guardrailOf(call: AnyCall): Promise<SavedGuardrail> {
  return soughtIn(call.parts.guardrails, await call.project(), bySlug(call, "guardrail"));
}

/** By its slug. @throws AditError `not_found`, with slugs that are near. */
export async function connectorOf(call: AnyCall): Promise<Connector> {
  return soughtIn(call.parts.connectors, await call.project(), bySlug(call, "connector"));
}

function bySlug({ parameters }: AnyCall, what: string): Sought {
  return { what, named: parameters["slug"] ?? "", param: "slug" };
}

/** By its id, in whatever project the caller has the right. @throws AditError `not_found`, `forbidden` */
export async function gatewayKeyOf(call: AnyCall): Promise<GatewayKey> {
  const key = await call.parts.gatewayKeys.get(call.parameters["id"] ?? "");
  call.checkRight(key.projectId);
  return key;
}

/** What a path or a body names. */
export interface Sought {
  what: string;
  named: string;
  /** Where it is named. */
  param: string;
}

interface Kept<Found> {
  find: (projectId: string, named: string) => Promise<Found | undefined>;
  list: (projectId: string, page: ListPage) => Promise<readonly Found[]>;
}

/** @throws AditError `not_found`, with names that are near. */
export async function soughtIn<Found extends { slug: string } | { name: string }>(
  kept: Kept<Found>,
  projectId: string,
  sought: Sought,
): Promise<Found> {
  const found = await kept.find(projectId, sought.named);
  if (found !== undefined) return found;
  throw missing(sought, await kept.list(projectId, { limit: compared }));
}

function missing({ what, named, param }: Sought, others: readonly ({ slug: string } | { name: string })[]): AditError {
  const names = others.map((other) => ("slug" in other ? other.slug : other.name));
  return new AditError(
    "not_found",
    `The project has no ${what} ${JSON.stringify(named.slice(0, 64))}.${didYouMean(named, names)}`,
    { param, remedy: "Check its name, and the project (workspace_id)." },
  );
}
