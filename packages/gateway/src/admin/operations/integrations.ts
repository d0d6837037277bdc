/** `/v1/integrations`: virtual keys as Portkey's integrations, and the models that they allow. */
import { z } from "zod";
import { noKeyLimits } from "../../limits/settings/key-limits.ts";
import type { SavedVirtualKey } from "../../vault/virtual-keys.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import { virtualKeyOf } from "../find-object.ts";
import { changing, operation, type Answer } from "../operation.ts";
import { checkOperatorsOwn } from "../operators-own.ts";
import {
  integration,
  integrationCreate,
  integrationList,
  integrationSaved,
  integrationUpdate,
} from "../schemas/integrations.ts";
import { inProject } from "../schemas/schema.ts";
import { accessOperations } from "./integration-access.ts";
import { listGetDelete } from "./key-views.ts";
import { credentialOf, inputOf, kindOf, viewOf, type KeyState } from "../views/virtual-key-view.ts";

const tag = "integrations";
const path = "/v1/integrations";

function integrationOf(key: VirtualKey, { nowMs }: Pick<KeyState, "nowMs">) {
  const { id, slug, name, note, ai_provider_name, status, model_config, workspace_id, created_at, last_updated_at } =
    viewOf(key, { nowMs, limits: noKeyLimits, lastTest: undefined });
  const configurations = Object.entries(model_config).map(([field, value]) => [
    field.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
    value,
  ]);
  return {
    id,
    object: "integration",
    slug,
    name,
    description: note,
    ai_provider_id: ai_provider_name,
    type: "workspace",
    status,
    workspace_id,
    configurations: Object.fromEntries(configurations) as Record<string, string>,
    created_at,
    last_updated_at,
  };
}

function savedAnswer({ virtualKey, warnings }: SavedVirtualKey, nowMs: number): Answer {
  return { body: { ...integrationOf(virtualKey, { nowMs }), success: true, warnings }, shows: virtualKey };
}

function credentialFields(key: string | undefined, configurations: Readonly<Record<string, unknown>> = {}) {
  return { ...configurations, ...(key !== undefined && { key }) };
}

export function integrationOperations() {
  return [...ownOperations(), ...accessOperations()];
}

function ownOperations() {
  return [
    operation({
      id: "createIntegration",
      method: "POST",
      path,
      tag,
      summary: "Store a credential, as Portkey's clients do it: a virtual key by another name.",
      need: changing("integrations", "create"),
      query: inProject,
      body: integrationCreate,
      answer: integrationSaved,
      run: async ({ body, parts, actor, principal, project }) => {
        const projectId = await project(body.workspace_id);
        const credential = credentialOf(
          credentialFields(body.key, body.configurations),
          kindOf({ provider: body.ai_provider_id }),
          "credential",
        );
        const given = { ...credential, ...(body.description !== undefined && { note: body.description }) };
        const saved = await parts.virtualKeys.create(projectId, inputOf(body.name, body.slug, given), actor);
        checkOperatorsOwn(principal, saved);
        return savedAnswer(saved, parts.store.clock.now());
      },
    }),
    ...listGetDelete({
      noun: "Integration",
      words: "integration",
      path,
      tag,
      resource: "integrations",
      show: integrationOf,
      showsLimits: false,
      isOwn: true,
      entry: integration,
      list: integrationList,
      listFields: { type: z.enum(["workspace", "all"]).optional().describe("Portkey's: all are of a workspace here.") },
    }),
    operation({
      id: "updateIntegration",
      method: "PUT",
      path: `${path}/{slug}`,
      tag,
      summary: "Change what the body names. A credential that is given replaces the whole one.",
      need: changing("integrations", "update"),
      query: inProject,
      body: integrationUpdate,
      answer: integrationSaved,
      run: async (call) => {
        const { body, parts, actor } = call;
        const key = await virtualKeyOf(call);
        call.checkUnchanged(key);
        const kind = key.credential.kind === "openai_compatible" ? key.credential.kind : undefined;
        const { kind: _kind, ...credential } = credentialOf(
          credentialFields(body.key, body.configurations),
          kind,
          "credential",
        );
        const patch = {
          ...credential,
          ...("credential" in credential && kind !== undefined && { kind }),
          ...(body.name !== undefined && { name: body.name }),
          ...(body.description !== undefined && { note: body.description }),
        };
        const saved = await parts.virtualKeys.update(key.id, patch, actor);
        checkOperatorsOwn(call.principal, saved, key);
        return savedAnswer(saved, parts.store.clock.now());
      },
    }),
  ];
}
