/** Finds what a path names, in the project that the call is about: what is of another project is not there. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { GatewayKey } from "../access/gateway-key.ts";
import type { Connector } from "../connectors/connector.ts";
import type { SavedGuardrail } from "../guardrails/saved/saved-guardrails.ts";
import type { SavedConfig } from "../routing/saved-configs/saved-configs.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import type { Call } from "./operation.ts";

type AnyCall = Pick<Call<unknown, unknown>, "parameters" | "parts" | "project" | "checkRight">;

/** Near names are looked for among these many. */
const compared = 1_000;

/** By its slug, `@slug`, or id. @throws AditError `not_found`, with slugs that are near. */
export async function virtualKeyOf(call: AnyCall, named = call.parameters["slug"] ?? ""): Promise<VirtualKey> {
  const projectId = await call.project();
  const { virtualKeys } = call.parts;
  const slug = named.replace(/^@/, "");
  const found = (await virtualKeys.bySlug(projectId, slug)) ?? (await virtualKeys.byId(slug));
  if (found?.projectId === projectId) return found;
  const others = await virtualKeys.list(projectId, { limit: compared });
  throw missing("virtual key", slug, others);
}

/** By its slug or id. @throws AditError `not_found`, with slugs that are near. */
export async function configOf(call: AnyCall): Promise<SavedConfig> {
  const projectId = await call.project();
  const slug = call.parameters["slug"] ?? "";
  const found = await call.parts.configs.find(projectId, slug);
  if (found !== undefined) return found;
  throw missing("config", slug, await call.parts.configs.list(projectId, { limit: compared }));
}

/** By its slug or id. @throws AditError `not_found`, with slugs that are near. */
export async function guardrailOf(call: AnyCall): Promise<SavedGuardrail> {
  const projectId = await call.project();
  const slug = call.parameters["slug"] ?? "";
  const found = await call.parts.guardrails.find(projectId, slug);
  if (found !== undefined) return found;
  throw missing("guardrail", slug, await call.parts.guardrails.list(projectId, { limit: compared }));
}

/** By its slug. @throws AditError `not_found`, with slugs that are near. */
export async function connectorOf(call: AnyCall): Promise<Connector> {
  const projectId = await call.project();
  const slug = call.parameters["slug"] ?? "";
  const found = await call.parts.connectors.find(projectId, slug);
  if (found !== undefined) return found;
  throw missing("connector", slug, await call.parts.connectors.list(projectId, { limit: compared }));
}

/** By its id, in whatever project the caller has the right. @throws AditError `not_found`, `forbidden` */
export async function gatewayKeyOf(call: AnyCall): Promise<GatewayKey> {
  const key = await call.parts.gatewayKeys.get(call.parameters["id"] ?? "");
  call.checkRight(key.projectId);
  return key;
}

function missing(what: string, slug: string, others: readonly { slug: string }[]): AditError {
  const slugs = others.map((other) => other.slug);
  return new AditError(
    "not_found",
    `The project has no ${what} ${JSON.stringify(slug.slice(0, 64))}.${didYouMean(slug, slugs)}`,
    { param: "slug", remedy: "Check the slug, and the project (workspace_id)." },
  );
}
