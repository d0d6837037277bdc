/** `/v1/guardrails`: saved guardrails and their versions. */
import type { JsonObject } from "@adit/bedrock";
import { z } from "zod";
import { checkKinds } from "../../guardrails/checks/table.ts";
import type { SavedGuardrail } from "../../guardrails/saved/saved-guardrails.ts";
import { guardrailOf } from "../find-object.ts";
import { changing, listing, operation, reading, type Answer } from "../operation.ts";
import { oneMore, pageAnswer, pageOf, versionShown, versionsPage, wholeAnswer } from "../page.ts";
import {
  guardrailChecks,
  guardrailCreate,
  guardrailList,
  guardrailUpdate,
  guardrailVersions,
  savedGuardrail,
} from "../schemas/guardrails.ts";
import { deleted, listQuery, momentOf, statusQuery, versionsQuery, workspaceQuery } from "../schemas/schema.ts";

/** Portkey's SDK sends the organisation's id beside the workspace's. */
const portkeysOwn = { organisation_id: z.string().optional().describe("Portkey's; of no meaning here.") };
const inProject = z.strictObject({ ...workspaceQuery, ...portkeysOwn });
const tag = "guardrails";
const path = "/v1/guardrails";

function entryOf(guardrail: SavedGuardrail) {
  return {
    id: guardrail.id,
    object: "guardrail",
    name: guardrail.name,
    slug: guardrail.slug,
    workspace_id: guardrail.projectId,
    status: guardrail.disabled ? "archived" : "active",
    version: guardrail.version,
    version_id: guardrail.versionId,
    owner_id: guardrail.authorId ?? null,
    updated_by: guardrail.editorId ?? null,
    created_at: momentOf(guardrail.createdAt),
    last_updated_at: momentOf(guardrail.updatedAt),
  };
}

function savedAnswer(guardrail: SavedGuardrail): Answer {
  const whole = { ...entryOf(guardrail), checks: guardrail.checks, actions: guardrail.actions };
  return { body: { ...whole, success: true, data: whole }, shows: guardrail };
}

export function guardrailOperations() {
  return [
    operation({
      id: "createGuardrail",
      method: "POST",
      path,
      tag,
      summary: "Save a guardrail. Configs name it by its slug.",
      need: changing("guardrails", "create"),
      query: inProject,
      body: guardrailCreate,
      answer: savedGuardrail,
      run: async ({ body, parts, actor, project }) => {
        const { name, slug, checks, actions = {} } = body;
        const input = { name, slug, checks: checks as JsonObject[], actions: actions as JsonObject };
        return savedAnswer(await parts.guardrails.create(await project(body.workspace_id), input, actor));
      },
    }),
    operation({
      id: "listGuardrails",
      method: "GET",
      path,
      tag,
      summary: "The project's guardrails, by age.",
      need: listing("guardrails"),
      query: z.strictObject({
        ...listQuery,
        ...workspaceQuery,
        ...statusQuery(["active", "archived"]),
        ...portkeysOwn,
      }),
      answer: guardrailList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.guardrails.list(projectId, oneMore(page));
        const total = await parts.guardrails.count(projectId, page);
        return { body: pageAnswer(entries, entryOf, { page, total }) };
      },
    }),
    operation({
      id: "listGuardrailChecks",
      method: "GET",
      path: `${path}/checks`,
      tag,
      summary: "Every check, with the JSON schema of its parameters, for editors and forms.",
      need: listing("guardrails"),
      query: inProject,
      answer: guardrailChecks,
      run: async ({ project }) => {
        await project();
        const kinds = [...checkKinds].map(([id, { parameters }]) => ({
          id,
          object: "guardrail_check",
          parameters: z.toJSONSchema(parameters, { io: "input" }),
        }));
        return { body: wholeAnswer(kinds) };
      },
    }),
    operation({
      id: "getGuardrail",
      method: "GET",
      path: `${path}/{slug}`,
      tag,
      summary: "One guardrail in its newest version.",
      need: reading("guardrails"),
      query: inProject,
      answer: savedGuardrail,
      run: async (call) => savedAnswer(await guardrailOf(call)),
    }),
    operation({
      id: "updateGuardrail",
      method: "PUT",
      path: `${path}/{slug}`,
      tag,
      summary: "Change what the body names. Other checks or actions make another version.",
      need: changing("guardrails", "update"),
      query: inProject,
      body: guardrailUpdate,
      answer: savedGuardrail,
      run: async (call) => {
        const { body, parts, actor } = call;
        const before = await guardrailOf(call);
        call.checkUnchanged(before);
        const patch = {
          name: body.name,
          checks: body.checks as JsonObject[] | undefined,
          actions: body.actions as JsonObject | undefined,
          disabled: body.status === undefined ? undefined : body.status === "archived",
        };
        return savedAnswer(await parts.guardrails.update(before.id, patch, actor));
      },
    }),
    operation({
      id: "listGuardrailVersions",
      method: "GET",
      path: `${path}/{slug}/versions`,
      tag,
      summary: "The versions of a guardrail, the newest first.",
      need: reading("guardrails"),
      query: versionsQuery.extend(portkeysOwn),
      answer: guardrailVersions,
      run: async (call) => {
        const { id } = await guardrailOf(call);
        return { body: await versionsPage(call.parts.guardrails, { id, query: call.query }, versionShown) };
      },
    }),
    operation({
      id: "deleteGuardrail",
      method: "DELETE",
      path: `${path}/{slug}`,
      tag,
      summary: "Take a guardrail away with all its versions. One that a config names stays (409 `in_use`).",
      need: changing("guardrails", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const guardrail = await guardrailOf(call);
        call.checkUnchanged(guardrail);
        await call.parts.guardrails.remove(guardrail.id, call.actor);
        return { body: { success: true, id: guardrail.id, deleted: true } };
      },
    }),
  ];
}
