/** What an integration may be used for: Portkey's lists of models and of workspaces. */
import { AditError } from "@adit/bedrock";
import { z } from "zod";
import { isModelAllowed } from "../../vault/model-patterns.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import { virtualKeyOf } from "../find-object.ts";
import { changing, operation, reading } from "../operation.ts";
import {
  modelAccess,
  modelAccessUpdate,
  workspaceAccess,
  workspaceAccessUpdate,
  type ModelAccessUpdate,
  type WorkspaceAccessUpdate,
} from "../schemas/integrations.ts";
import { inProject, workspaceQuery } from "../schemas/schema.ts";

const tag = "integrations";
const path = "/v1/integrations";

function accessOf({ allowedModels }: VirtualKey) {
  const models = (allowedModels ?? []).map((slug) => ({ slug, enabled: true }));
  return { object: "list", success: true, total: models.length, allow_all_models: allowedModels === undefined, models };
}

/**
 * The list after a change; null: every model.
 * @throws AditError `invalid_request` that names `param`, for a list that no patterns can say, or where what is switched off stays allowed
 */
function modelsAfter(key: VirtualKey, change: ModelAccessUpdate, param: string): string[] | null {
  const allowed = changedModels(key, change);
  const off = (change.models ?? []).filter(({ enabled }) => !enabled);
  if (allowed === null && off.length > 0) throw noListOfOthers(param);
  for (const { slug } of off) {
    const pattern = allowed?.find((one) => isModelAllowed([one], slug));
    if (pattern !== undefined) throw staysAllowed(slug, pattern, param);
  }
  return allowed;
}

function changedModels({ allowedModels }: VirtualKey, { allow_all_models: isAll, models = [] }: ModelAccessUpdate) {
  if (isAll === true || (isAll === undefined && allowedModels === undefined)) return null;
  const named = new Set(models.map(({ slug }) => slug));
  const added = models.filter(({ enabled }) => enabled).map(({ slug }) => slug);
  return [...(allowedModels ?? []).filter((slug) => !named.has(slug)), ...added];
}

function noListOfOthers(param: string): AditError {
  return new AditError("invalid_request", "All models are allowed, and a list of those that are not cannot be kept.", {
    param,
    remedy: "Send allow_all_models: false with the models that shall be allowed.",
  });
}

function staysAllowed(slug: string, pattern: string, param: string): AditError {
  const shown = JSON.stringify(slug.slice(0, 64));
  return new AditError("invalid_request", `${param}: ${shown} would stay allowed, by ${JSON.stringify(pattern)}.`, {
    param,
    remedy: "Switch that off too, and name the models that shall be allowed.",
  });
}

function workspacesOf({ projectId, disabled }: VirtualKey) {
  return { object: "list", success: true, total: 1, workspaces: [{ id: projectId, enabled: !disabled }] };
}

/** What the change says of the key's own project. @throws AditError `invalid_request` where another is to be let in */
function ownAccess(project: { id: string; slug: string } | undefined, { workspaces }: WorkspaceAccessUpdate) {
  const isOwn = ({ id }: { id: string }): boolean => id === project?.id || id === project?.slug;
  for (const [index, workspace] of workspaces.entries()) {
    if (isOwn(workspace) || !workspace.enabled) continue;
    throw new AditError("invalid_request", "A stored credential is of one project, and no other may use it.", {
      param: `workspaces[${index}].id`,
      remedy: "Store the credential in that project too.",
    });
  }
  return workspaces.find(isOwn);
}

export function accessOperations() {
  return [
    operation({
      id: "getModelAccess",
      method: "GET",
      path: `${path}/{slug}/models`,
      tag,
      summary: "The models that the credential may be used for.",
      need: reading("integrations"),
      query: inProject,
      answer: modelAccess,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        return { body: accessOf(key), shows: key };
      },
    }),
    operation({
      id: "updateModelAccess",
      method: "PUT",
      path: `${path}/{slug}/models`,
      tag,
      summary: "Allow all models, or add some to those that are allowed and take others away.",
      need: changing("integrations", "update"),
      query: inProject,
      body: modelAccessUpdate,
      answer: modelAccess,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        call.checkUnchanged(key);
        const allowedModels = modelsAfter(key, call.body, "models");
        const { virtualKey } = await call.parts.virtualKeys.update(key.id, { allowedModels }, call.actor);
        return { body: accessOf(virtualKey), shows: virtualKey };
      },
    }),
    operation({
      id: "deleteModelAccess",
      method: "DELETE",
      path: `${path}/{slug}/models`,
      tag,
      summary: "Take models away from those that are allowed.",
      need: changing("integrations", "update"),
      query: z.strictObject({ ...workspaceQuery, slugs: z.string().describe("Models, with commas between them.") }),
      answer: modelAccess,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        call.checkUnchanged(key);
        const slugs = call.query.slugs.split(",").map((slug) => slug.trim());
        const models = slugs.map((slug) => ({ slug, enabled: false }));
        const allowedModels = modelsAfter(key, { models }, "slugs");
        const { virtualKey } = await call.parts.virtualKeys.update(key.id, { allowedModels }, call.actor);
        return { body: accessOf(virtualKey), shows: virtualKey };
      },
    }),
    operation({
      id: "getWorkspaceAccess",
      method: "GET",
      path: `${path}/{slug}/workspaces`,
      tag,
      summary: "The project that the credential belongs to: no other may use it.",
      need: reading("integrations"),
      query: inProject,
      answer: workspaceAccess,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        return { body: workspacesOf(key), shows: key };
      },
    }),
    operation({
      id: "updateWorkspaceAccess",
      method: "PUT",
      path: `${path}/{slug}/workspaces`,
      tag,
      summary: "Switch the credential on or off for the project that it belongs to. No other can be given access.",
      need: changing("integrations", "update"),
      query: inProject,
      body: workspaceAccessUpdate,
      answer: workspaceAccess,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        call.checkUnchanged(key);
        const own = ownAccess(await call.parts.projects.find(key.projectId), call.body);
        if (own === undefined || own.enabled === !key.disabled) return { body: workspacesOf(key), shows: key };
        const { virtualKey } = await call.parts.virtualKeys.update(key.id, { disabled: !own.enabled }, call.actor);
        return { body: workspacesOf(virtualKey), shows: virtualKey };
      },
    }),
  ];
}
