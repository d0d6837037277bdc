/** `/v1/providers`: virtual keys as Portkey's providers. */
import { z } from "zod";
import type { SavedVirtualKey } from "../../vault/virtual-keys.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import { virtualKeyOf } from "../find-object.ts";
import { changing, listing, operation, reading, type Answer } from "../operation.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import { provider, providerCreate, providerList, providerSaved, providerUpdate } from "../schemas/integrations.ts";
import { deleted, listQuery, workspaceQuery } from "../schemas/schema.ts";
import { termsOf, viewOf } from "../virtual-key-view.ts";

const tag = "providers";
const path = "/v1/providers";
const inProject = z.strictObject(workspaceQuery);

/** The integration of a provider is the same object: its own slug. */
function providerViewOf(key: VirtualKey, nowMs: number) {
  const shown = viewOf(key, nowMs);
  return {
    id: shown.id,
    object: "provider",
    slug: shown.slug,
    name: shown.name,
    note: shown.note,
    ai_provider_id: shown.ai_provider_name,
    integration_id: shown.slug,
    status: shown.status,
    workspace_id: shown.workspace_id,
    expires_at: shown.expires_at,
    created_at: shown.created_at,
    last_updated_at: shown.last_updated_at,
  };
}

function savedAnswer({ virtualKey, warnings }: SavedVirtualKey, nowMs: number): Answer {
  return { body: { ...providerViewOf(virtualKey, nowMs), success: true, warnings }, shows: virtualKey };
}

export function providerOperations() {
  return [
    operation({
      id: "createProvider",
      method: "POST",
      path,
      tag,
      summary: "Give an integration's credential another slug: a virtual key of its own, with a copy of the secret.",
      need: changing("providers", "create"),
      query: inProject,
      body: providerCreate,
      answer: providerSaved,
      run: async (call) => {
        const { body, parts, actor } = call;
        const projectId = await call.project(body.workspace_id);
        const from = await virtualKeyOf({ ...call, project: () => Promise.resolve(projectId) }, body.integration_id);
        const { name, slug } = body;
        const terms = { name, ...(slug !== undefined && { slug }), ...termsOf(body) };
        const saved = await parts.virtualKeys.copy(from.id, terms, actor);
        return savedAnswer(saved, parts.store.clock.now());
      },
    }),
    operation({
      id: "listProviders",
      method: "GET",
      path,
      tag,
      summary: "The project's providers, by age.",
      need: listing("providers"),
      query: z.strictObject({ ...listQuery, ...workspaceQuery }),
      answer: providerList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.virtualKeys.list(projectId, oneMore(page));
        const total = await parts.virtualKeys.count(projectId, query.search);
        const now = parts.store.clock.now();
        return { body: pageAnswer(entries, (key) => providerViewOf(key, now), { page, total }) };
      },
    }),
    operation({
      id: "getProvider",
      method: "GET",
      path: `${path}/{slug}`,
      tag,
      summary: "One provider.",
      need: reading("providers"),
      query: inProject,
      answer: provider,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        return { body: providerViewOf(key, call.parts.store.clock.now()), shows: key };
      },
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
        call.checkUnchanged(key);
        const patch = { ...termsOf(body), ...(body.name !== undefined && { name: body.name }) };
        return savedAnswer(await parts.virtualKeys.update(key.id, patch, actor), parts.store.clock.now());
      },
    }),
    operation({
      id: "deleteProvider",
      method: "DELETE",
      path: `${path}/{slug}`,
      tag,
      summary: "Take a provider and its secret away.",
      need: changing("providers", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        call.checkUnchanged(key);
        await call.parts.virtualKeys.remove(key.id, call.actor);
        return { body: { success: true, id: key.id, deleted: true } };
      },
    }),
  ];
}
