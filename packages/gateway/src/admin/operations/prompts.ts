/** `/v1/prompts`: prompts, their versions, what is published, what they come to. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { z } from "zod";
import { wishOfPath } from "../../prompts/prompt-wish.ts";
import { promptedCall } from "../../prompts/prompted-call.ts";
import type { Prompt, PromptVersion } from "../../prompts/prompt.ts";
import { readReference, readSelector, type Selector } from "../../prompts/reference.ts";
import { promptSourceOf } from "../../prompts/stored-prompts.ts";
import { checkWhole, collectionIn, labelIn, promptIn, type AnyCall } from "../find-prompt.ts";
import { changing, listing, operation, reading, type Answer, type Need, type Operation } from "../operation.ts";
import { oneMore, pageAnswer, pageOf, versionsPage } from "../page.ts";
import { contentIn, promptEntryOf, promptVersionOf, promptViewOf } from "../views/prompt-view.ts";
import {
  prompt as promptShape,
  promptChanged,
  promptCreate,
  promptDone,
  promptList,
  promptMade,
  promptUpdate,
  promptVersions,
  rendered,
  renderWish,
  versionChoice,
  versionUpdate,
} from "../schemas/prompts.ts";
import { deleted, inProject, listQuery, versionsQuery, workspaceQuery } from "../schemas/schema.ts";

const tag = "prompts";
const path = "/v1/prompts";

export const publishing: Need = { scope: "prompts.publish", role: "member", over: "project" };
const rendering: Need = { scope: "prompts.render", role: "viewer", over: "project" };

/** The version that is shown: by a number, a word or a label behind `@`, or by its id. */
async function versionIn(call: AnyCall, prompt: Prompt, named: Selector | string): Promise<PromptVersion> {
  const { prompts } = call.parts;
  const byId = typeof named === "string" && named.startsWith("ppv_");
  const selector = typeof named === "string" ? readSelector(named) : named;
  const found = byId ? await prompts.versionById(prompt.id, named) : await prompts.version(prompt.id, selector);
  if (found !== undefined) return found;
  throw new AditError(
    "not_found",
    `The prompt ${prompt.slug} has no such version: its newest is ${prompt.currentVersion}.`,
    {
      remedy: "Name a version by its id or number, latest, or a label that one of them has.",
    },
  );
}

/** Undefined where the call names none. */
async function collectionIdIn(call: AnyCall, projectId: string, named: string | null | undefined) {
  if (!named) return undefined;
  return (await collectionIn(call, { projectId, named, param: "collection_id" })).id;
}

async function changed(call: AnyCall, prompt: Prompt): Promise<Answer> {
  const newest = await versionIn(call, prompt, { kind: "latest" });
  const { id, slug } = prompt;
  const version = { prompt_version_id: newest.id, prompt_version: newest.version };
  return { body: { id, slug, ...version, object: "prompt" }, shows: prompt };
}

export function promptOperations(): Operation[] {
  return [...ofPrompts(), ...ofOnePrompt(), ...ofVersions()];
}

function ofPrompts(): Operation[] {
  return [
    operation({
      id: "createPrompt",
      method: "POST",
      path,
      tag,
      summary:
        "Save a prompt. Its first version is published. What a call would be refused for is told now, with its path.",
      need: changing("prompts", "create"),
      query: inProject,
      body: promptCreate,
      answer: promptMade,
      run: async (call) => {
        const { body, parts, actor } = call;
        const projectId = await call.project(body.workspace_id);
        const { name, slug, collection_id: folder, version_description: description } = body;
        const collectionId = await collectionIdIn(call, projectId, folder);
        const content = { parameters: {}, isRaw: false, string: "", ...contentIn(body) };
        const made = await parts.prompts.create(projectId, { name, slug, collectionId, content, description }, actor);
        const version = await versionIn(call, made, { kind: "latest" });
        return { body: { id: made.id, slug: made.slug, version_id: version.id, object: "prompt" }, shows: made };
      },
    }),
    operation({
      id: "listPrompts",
      method: "GET",
      path,
      tag,
      summary: "The project's prompts, by age.",
      need: listing("prompts"),
      query: z.strictObject({
        ...listQuery,
        ...workspaceQuery,
        collection_id: z.string().optional().describe("Id or slug: only what lies in this collection."),
      }),
      answer: promptList,
      run: async (call) => {
        const { query, parts } = call;
        const projectId = await call.project();
        const page = pageOf(query);
        const folder = query.collection_id;
        const collectionId = await collectionIdIn(call, projectId, folder);
        const entries = await parts.prompts.list(projectId, { ...oneMore(page), collectionId });
        const total = await parts.prompts.count(projectId, { ...page, collectionId });
        return { body: pageAnswer(entries, promptEntryOf, { page, total }) };
      },
    }),
  ];
}

function ofOnePrompt(): Operation[] {
  return [
    operation({
      id: "getPrompt",
      method: "GET",
      path: `${path}/{prompt}`,
      tag,
      summary: "One prompt in its published version, or in the one behind `@`: `pp-welcome@latest`.",
      need: reading("prompts"),
      query: inProject,
      answer: promptShape,
      run: async (call) => {
        const found = await promptIn(call);
        const version = await versionIn(call, found, readReference(call.parameters["prompt"] ?? "").selector);
        return { body: promptViewOf(found, version), shows: found };
      },
    }),
    operation({
      id: "updatePrompt",
      method: "PUT",
      path: `${path}/{prompt}`,
      tag,
      summary: "Change what the body names. What the prompt says anew is a new version, which is not published yet.",
      need: changing("prompts", "update"),
      query: inProject,
      body: promptUpdate,
      answer: promptChanged,
      run: async (call) => {
        const { body, parts, actor } = call;
        const before = await promptIn(call);
        call.checkUnchanged(before);
        const { name, collection_id: folder, version_description: description } = body;
        const collectionId = (await collectionIdIn(call, before.projectId, folder)) ?? folder;
        const patch = {
          name,
          collectionId: collectionId === "" ? null : collectionId,
          content: contentIn(body),
          description,
        };
        return changed(call, await parts.prompts.update(before.id, patch, actor));
      },
    }),
    operation({
      id: "deletePrompt",
      method: "DELETE",
      path: `${path}/{prompt}`,
      tag,
      summary: "Take a prompt away with all its versions. Refused while a config calls it.",
      need: changing("prompts", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        checkWhole(call.parameters["prompt"] ?? "", "prompt");
        const found = await promptIn(call);
        call.checkUnchanged(found);
        await call.parts.prompts.remove(found.id, call.actor);
        return { body: { success: true, id: found.id, deleted: true } };
      },
    }),
    operation({
      id: "publishPrompt",
      method: "PUT",
      path: `${path}/{prompt}/makeDefault`,
      tag,
      summary: "Publish a version: it counts where a call names none.",
      need: publishing,
      query: inProject,
      body: versionChoice,
      answer: promptDone,
      run: async (call) => {
        const before = await promptIn(call);
        call.checkUnchanged(before);
        const after = await call.parts.prompts.publish(before.id, call.body.version, call.actor);
        return { body: { success: true, id: after.id }, shows: after };
      },
    }),
    operation({
      id: "renderPrompt",
      method: "POST",
      path: `${path}/{prompt}/render`,
      tag,
      summary:
        "The body of a chat completion that the prompt comes to with these variables. Nothing is called or kept.",
      need: rendering,
      query: inProject,
      body: renderWish,
      answer: rendered,
      changes: false,
      run: async (call) => {
        const projectId = await call.project();
        const reference = call.parameters["prompt"] ?? "";
        const source = promptSourceOf(call.parts);
        const { body } = await promptedCall(wishOfPath(reference, call.body as JsonObject), projectId, source);
        return { body: { success: true, data: body } };
      },
    }),
  ];
}

function ofVersions(): Operation[] {
  return [
    operation({
      id: "listPromptVersions",
      method: "GET",
      path: `${path}/{prompt}/versions`,
      tag,
      summary: "The versions of a prompt, the newest first.",
      need: reading("prompts"),
      query: versionsQuery,
      answer: promptVersions,
      run: async (call) => {
        const found = await promptIn(call);
        const asked = { id: found.id, query: call.query };
        return { body: await versionsPage(call.parts.prompts, asked, (version) => promptVersionOf(found, version)) };
      },
    }),
    operation({
      id: "getPromptVersion",
      method: "GET",
      path: `${path}/{prompt}/versions/{version}`,
      tag,
      summary: "One version of a prompt, by its id or number.",
      need: reading("prompts"),
      query: inProject,
      answer: promptShape,
      run: async (call) => {
        const found = await promptIn(call);
        const version = await versionIn(call, found, call.parameters["version"] ?? "");
        return { body: promptViewOf(found, version), shows: found };
      },
    }),
    operation({
      id: "labelPromptVersion",
      method: "PUT",
      path: `${path}/{prompt}/versions/{version}`,
      tag,
      summary: "Have a label point to this version, and to no other of the prompt.",
      need: publishing,
      query: inProject,
      body: versionUpdate,
      answer: promptDone,
      run: async (call) => {
        const found = await promptIn(call);
        call.checkUnchanged(found);
        const version = await versionIn(call, found, call.parameters["version"] ?? "");
        const named = call.body.label_id;
        const labelId =
          named === null ? null : (await labelIn(call, { projectId: found.projectId, named, param: "label_id" })).id;
        await call.parts.prompts.label(version, labelId, call.actor);
        return { body: { success: true, id: version.id }, shows: await promptIn(call) };
      },
    }),
  ];
}
