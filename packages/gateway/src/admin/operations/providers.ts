/** `/v1/providers`: virtual keys as Portkey's providers. */
import type { SavedVirtualKey } from "../../vault/virtual-keys.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import { virtualKeyOf } from "../find-object.ts";
import { changeLimits, giveLimits, checkSetsLimits, limitedNow, withLimits } from "../key-limit-fields.ts";
import { changing, operation, type Answer } from "../operation.ts";
import { provider, providerCreate, providerList, providerSaved, providerUpdate } from "../schemas/integrations.ts";
import { inProject } from "../schemas/schema.ts";
import { limitedKey, listGetDelete, stateOf } from "./key-views.ts";
import { termsOf, viewOf, type KeyState } from "../views/virtual-key-view.ts";

const tag = "providers";
const path = "/v1/providers";

/** What follows no integration is one itself. */
function providerViewOf(key: VirtualKey, state: KeyState) {
  const shown = viewOf(key, state);
  return {
    id: shown.id,
    object: "provider",
    slug: shown.slug,
    name: shown.name,
    note: shown.note,
    ai_provider_id: shown.ai_provider_name,
    integration_id: shown.integration ?? shown.slug,
    status: shown.status,
    usage_limits: shown.usage_limits,
    rate_limits: shown.rate_limits,
    workspace_id: shown.workspace_id,
    expires_at: shown.expires_at,
    created_at: shown.created_at,
    last_updated_at: shown.last_updated_at,
  };
}

function savedAnswer({ virtualKey, warnings }: SavedVirtualKey, state: KeyState): Answer {
  return {
    body: { ...providerViewOf(virtualKey, state), success: true, warnings },
    shows: withLimits(virtualKey, state.limits),
  };
}

export function providerOperations() {
  return [
    operation({
      id: "createProvider",
      method: "POST",
      path,
      tag,
      summary: "Give an integration's credential another slug: a virtual key that follows it.",
      need: changing("providers", "create"),
      query: inProject,
      body: providerCreate,
      answer: providerSaved,
      run: async (call) => {
        const { body, parts, actor } = call;
        const projectId = await call.project(body.workspace_id);
        const from = await virtualKeyOf(
          { ...call, project: () => Promise.resolve(projectId) },
          { named: body.integration_id, param: "integration_id" },
        );
        // The limits of the original do not count calls by the provider.
        if (await parts.keyLimits.isLimited("virtual_key", from.id)) checkSetsLimits(call.principal, projectId);
        const { name, slug } = body;
        const terms = { name, ...(slug !== undefined && { slug }), ...termsOf(body) };
        const saved = await parts.virtualKeys.createFollowing(from.id, terms, actor);
        const limits = await giveLimits(call, limitedKey(saved.virtualKey), body);
        return savedAnswer(saved, await stateOf(saved.virtualKey, parts, limits));
      },
    }),
    ...listGetDelete({
      noun: "Provider",
      words: "provider",
      path,
      tag,
      resource: "providers",
      show: providerViewOf,
      entry: provider,
      list: providerList,
    }),
    operation({
      id: "updateProvider",
      method: "PUT",
      path: `${path}/{slug}`,
      tag,
      summary: "Change what the body names.",
      need: changing("providers", "update"),
      query: inProject,
      body: providerUpdate,
      answer: providerSaved,
      run: async (call) => {
        const { body, parts, actor } = call;
        const projectId = await call.project(body.workspace_id);
        const key = await virtualKeyOf({ ...call, project: () => Promise.resolve(projectId) });
        call.checkUnchanged(await limitedNow(key, "virtual_key", parts));
        const patch = { ...termsOf(body), ...(body.name !== undefined && { name: body.name }) };
        const saved = await parts.virtualKeys.update(key.id, patch, actor);
        const limits = await changeLimits(call, limitedKey(key), body);
        return savedAnswer(saved, await stateOf(saved.virtualKey, parts, limits));
      },
    }),
  ];
}
