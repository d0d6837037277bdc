/** `/v1/labels` and `/v1/collections`: what points to versions of prompts, and what prompts lie in. */
import { z } from "zod";
import type { PromptCollection } from "../../prompts/collections.ts";
import type { PromptLabel } from "../../prompts/labels.ts";
import { collectionIn, labelIn, type AnyCall } from "../find-prompt.ts";
import { changing, listing, operation, reading, type Operation } from "../operation.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import {
  collection,
  collectionCreate,
  collectionList,
  collectionUpdate,
  label,
  labelCreate,
  labelList,
  labelUpdate,
} from "../schemas/prompt-parts.ts";
import { deleted, inProject, listQuery, momentOf, workspaceQuery } from "../schemas/schema.ts";

const listed = z.strictObject({ ...listQuery, ...workspaceQuery });
const listedLabels = listed.extend({ organisation_id: z.string().optional().describe("Of no effect.") });

function labelView(found: PromptLabel) {
  return {
    id: found.id,
    object: "label",
    name: found.name,
    description: found.description ?? null,
    color_code: found.colorCode ?? null,
    workspace_id: found.projectId ?? null,
    is_universal: found.projectId === undefined,
    status: "active",
    created_at: momentOf(found.createdAt),
    last_updated_at: momentOf(found.updatedAt),
  };
}

function collectionView(found: PromptCollection) {
  return {
    id: found.id,
    object: "collection",
    name: found.name,
    slug: found.slug,
    workspace_id: found.projectId,
    parent_collection_id: found.parentId ?? null,
    status: "active",
    created_at: momentOf(found.createdAt),
    last_updated_at: momentOf(found.updatedAt),
  };
}

async function namedLabel(call: AnyCall): Promise<PromptLabel> {
  return labelIn(call, { projectId: await call.project(), named: call.parameters["label"] ?? "" });
}

async function namedCollection(call: AnyCall): Promise<PromptCollection> {
  return collectionIn(call, { projectId: await call.project(), named: call.parameters["collection"] ?? "" });
}

export function promptLabelOperations(): Operation[] {
  const tag = "labels";
  const path = "/v1/labels";
  return [
    operation({
      id: "createLabel",
      method: "POST",
      path,
      tag,
      summary: "Make a label of the project's own, to point to versions of prompts by.",
      need: changing("prompts", "create"),
      query: inProject,
      body: labelCreate,
      answer: label,
      run: async ({ body, parts, actor, project }) => {
        const { name, description, color_code: colorCode } = body;
        const projectId = await project(body.workspace_id);
        const made = await parts.promptLabels.create(projectId, { name, description, colorCode }, actor);
        return { body: labelView(made), shows: made };
      },
    }),
    operation({
      id: "listLabels",
      method: "GET",
      path,
      tag,
      summary: "The project's labels, and before them those of every project.",
      need: listing("prompts"),
      query: listedLabels,
      answer: labelList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.promptLabels.list(projectId, oneMore(page));
        const total = await parts.promptLabels.count(projectId, page);
        return { body: pageAnswer(entries, labelView, { page, total }) };
      },
    }),
    operation({
      id: "getLabel",
      method: "GET",
      path: `${path}/{label}`,
      tag,
      summary: "One label, by its id or name.",
      need: reading("prompts"),
      query: inProject,
      answer: label,
      run: async (call) => {
        const found = await namedLabel(call);
        return { body: labelView(found), shows: found };
      },
    }),
    operation({
      id: "updateLabel",
      method: "PUT",
      path: `${path}/{label}`,
      tag,
      summary: "Change what the body names. Calls by a label's old name fail from then on.",
      need: changing("prompts", "update"),
      query: inProject,
      body: labelUpdate,
      answer: label,
      run: async (call) => {
        const before = await namedLabel(call);
        call.checkUnchanged(before);
        const { name, description, color_code: colorCode } = call.body;
        const after = await call.parts.promptLabels.update(before.id, { name, description, colorCode }, call.actor);
        return { body: labelView(after), shows: after };
      },
    }),
    operation({
      id: "deleteLabel",
      method: "DELETE",
      path: `${path}/{label}`,
      tag,
      summary: "Take a label away. Calls that name it fail from then on.",
      need: changing("prompts", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const found = await namedLabel(call);
        call.checkUnchanged(found);
        await call.parts.promptLabels.remove(found.id, call.actor);
        return { body: { success: true, id: found.id, deleted: true } };
      },
    }),
  ];
}

export function promptCollectionOperations(): Operation[] {
  const tag = "collections";
  const path = "/v1/collections";
  return [
    operation({
      id: "createCollection",
      method: "POST",
      path,
      tag,
      summary: "Make a collection for prompts, in another one or by itself.",
      need: changing("prompts", "create"),
      query: inProject,
      body: collectionCreate,
      answer: collection,
      run: async (call) => {
        const { body, parts, actor } = call;
        const projectId = await call.project(body.workspace_id);
        const parent = body.parent_collection_id;
        const named = { projectId, named: parent ?? "", param: "parent_collection_id" };
        const parentId = parent ? (await collectionIn(call, named)).id : undefined;
        const made = await parts.promptCollections.create(projectId, { name: body.name, parentId }, actor);
        return { body: collectionView(made), shows: made };
      },
    }),
    operation({
      id: "listCollections",
      method: "GET",
      path,
      tag,
      summary: "The project's collections, by age.",
      need: listing("prompts"),
      query: listed,
      answer: collectionList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.promptCollections.list(projectId, oneMore(page));
        const total = await parts.promptCollections.count(projectId, page);
        return { body: pageAnswer(entries, collectionView, { page, total }) };
      },
    }),
    operation({
      id: "getCollection",
      method: "GET",
      path: `${path}/{collection}`,
      tag,
      summary: "One collection, by its id or slug.",
      need: reading("prompts"),
      query: inProject,
      answer: collection,
      run: async (call) => {
        const found = await namedCollection(call);
        return { body: collectionView(found), shows: found };
      },
    }),
    operation({
      id: "updateCollection",
      method: "PUT",
      path: `${path}/{collection}`,
      tag,
      summary: "Rename a collection.",
      need: changing("prompts", "update"),
      query: inProject,
      body: collectionUpdate,
      answer: collection,
      run: async (call) => {
        const before = await namedCollection(call);
        call.checkUnchanged(before);
        const name = call.body.name ?? before.name;
        const after = await call.parts.promptCollections.update(before.id, name, call.actor);
        return { body: collectionView(after), shows: after };
      },
    }),
    operation({
      id: "deleteCollection",
      method: "DELETE",
      path: `${path}/{collection}`,
      tag,
      summary: "Take an empty collection away.",
      need: changing("prompts", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const found = await namedCollection(call);
        call.checkUnchanged(found);
        await call.parts.promptCollections.remove(found.id, call.actor);
        return { body: { success: true, id: found.id, deleted: true } };
      },
    }),
  ];
}
