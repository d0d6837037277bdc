/** `/v1/prompts/partials`: pieces of templates, with versions of their own. */
import { AditError } from "@adit/bedrock";
import { z } from "zod";
import type { PartialVersion, PromptPartial } from "../../prompts/partials.ts";
import { readReference } from "../../prompts/reference.ts";
import { checkWhole, partialIn, type AnyCall } from "../find-prompt.ts";
import { changing, listing, operation, reading, type Operation } from "../operation.ts";
import { oneMore, pageAnswer, pageOf, versionsPage } from "../page.ts";
import {
  partial,
  partialChanged,
  partialCreate,
  partialList,
  partialMade,
  partialUpdate,
  partialVersions,
} from "../schemas/prompt-parts.ts";
import { promptDone, versionChoice } from "../schemas/prompts.ts";
import { deleted, inProject, listQuery, momentOf, versionsQuery, workspaceQuery } from "../schemas/schema.ts";
import { publishing } from "./prompts.ts";

const tag = "prompt partials";
const path = "/v1/prompts/partials";

function entryOf(found: PromptPartial) {
  return {
    id: found.id,
    object: "prompt_partial",
    name: found.name,
    slug: found.slug,
    workspace_id: found.projectId,
    status: "active",
    published_version: found.publishedVersion,
    latest_version: found.currentVersion,
    created_at: momentOf(found.createdAt),
    last_updated_at: momentOf(found.updatedAt),
  };
}

function versionFieldsOf(found: PromptPartial, { id, version, template, ...rest }: PartialVersion) {
  return {
    string: template,
    version,
    prompt_partial_version_id: id,
    version_status: version === found.publishedVersion ? "active" : "archived",
    version_description: rest.description ?? null,
    version_created_by: rest.authorId ?? null,
    version_created_at: momentOf(rest.createdAt),
  };
}

async function newestOf({ parts }: AnyCall, { id, slug }: PromptPartial): Promise<PartialVersion> {
  const newest = await parts.partials.version(id, { kind: "latest" });
  if (newest !== undefined) return newest;
  throw new AditError("internal", `The partial ${slug} has no version.`);
}

export function promptPartialOperations(): Operation[] {
  return [...ofPartials(), ...ofOnePartial()];
}

function ofPartials(): Operation[] {
  return [
    operation({
      id: "createPromptPartial",
      method: "POST",
      path,
      tag,
      summary: "Save a partial. Its first version is published; templates have it by `{{>SLUG}}`.",
      need: changing("prompts", "create"),
      query: inProject,
      body: partialCreate,
      answer: partialMade,
      run: async (call) => {
        const { body, parts, actor } = call;
        const { name, slug, string: template, version_description: description } = body;
        const projectId = await call.project(body.workspace_id);
        const made = await parts.partials.create(projectId, { name, slug, template, description }, actor);
        const { id } = await newestOf(call, made);
        return { body: { id: made.id, slug: made.slug, version_id: id, object: "prompt_partial" }, shows: made };
      },
    }),
    operation({
      id: "listPromptPartials",
      method: "GET",
      path,
      tag,
      summary: "The project's partials, by age.",
      need: listing("prompts"),
      query: z.strictObject({
        ...listQuery,
        ...workspaceQuery,
        collection_id: z.string().optional().describe("Of no effect: partials lie in no collection."),
      }),
      answer: partialList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.partials.list(projectId, oneMore(page));
        const total = await parts.partials.count(projectId, page);
        return { body: pageAnswer(entries, entryOf, { page, total }) };
      },
    }),
  ];
}

function ofOnePartial(): Operation[] {
  return [
    operation({
      id: "getPromptPartial",
      method: "GET",
      path: `${path}/{partial}`,
      tag,
      summary: "One partial in its published version, or in the one behind `@`: `pp-tone@latest`.",
      need: reading("prompts"),
      query: inProject,
      answer: partial,
      run: async (call) => {
        const found = await partialIn(call);
        const { selector } = readReference(call.parameters["partial"] ?? "");
        const version = await call.parts.partials.version(found.id, selector);
        if (version === undefined) {
          const words = `The partial ${found.slug} has no such version: its newest is ${found.currentVersion}.`;
          throw new AditError("not_found", words, { remedy: "Name a number or latest; partials have no labels." });
        }
        return { body: { ...entryOf(found), ...versionFieldsOf(found, version) }, shows: found };
      },
    }),
    operation({
      id: "updatePromptPartial",
      method: "PUT",
      path: `${path}/{partial}`,
      tag,
      summary: "Change what the body names. Another template is a new version, which is not published yet.",
      need: changing("prompts", "update"),
      query: inProject,
      body: partialUpdate,
      answer: partialChanged,
      run: async (call) => {
        const { body, parts, actor } = call;
        const before = await partialIn(call);
        call.checkUnchanged(before);
        const patch = {
          name: body.name,
          template: body.string,
          description: body.version_description ?? body.description,
        };
        const after = await parts.partials.update(before.id, patch, actor);
        const { id, version } = await newestOf(call, after);
        const head = { id: after.id, slug: after.slug, object: "prompt_partial" };
        return { body: { ...head, prompt_partial_version_id: id, version }, shows: after };
      },
    }),
    operation({
      id: "publishPromptPartial",
      method: "PUT",
      path: `${path}/{partial}/makeDefault`,
      tag,
      summary: "Publish a version: every template that names the partial without a version has it from now on.",
      need: publishing,
      query: inProject,
      body: versionChoice,
      answer: promptDone,
      run: async (call) => {
        const before = await partialIn(call);
        call.checkUnchanged(before);
        const after = await call.parts.partials.publish(before.id, call.body.version, call.actor);
        return { body: { success: true, id: after.id }, shows: after };
      },
    }),
    operation({
      id: "listPromptPartialVersions",
      method: "GET",
      path: `${path}/{partial}/versions`,
      tag,
      summary: "The versions of a partial, the newest first.",
      need: reading("prompts"),
      query: versionsQuery,
      answer: partialVersions,
      run: async (call) => {
        const found = await partialIn(call);
        const asked = { id: found.id, query: call.query };
        const body = await versionsPage(call.parts.partials, asked, (version) => ({
          id: version.id,
          object: "prompt_partial_version",
          ...versionFieldsOf(found, version),
        }));
        return { body };
      },
    }),
    operation({
      id: "deletePromptPartial",
      method: "DELETE",
      path: `${path}/{partial}`,
      tag,
      summary: "Take a partial away. Refused while a version that is published, newest or labelled has it.",
      need: changing("prompts", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        checkWhole(call.parameters["partial"] ?? "", "partial");
        const found = await partialIn(call);
        call.checkUnchanged(found);
        await call.parts.partials.remove(found.id, call.actor);
        return { body: { success: true, id: found.id, deleted: true } };
      },
    }),
  ];
}
