/** `/v1/virtual-keys`: stored credentials. */
import { z } from "zod";
import type { SavedVirtualKey } from "../../vault/virtual-keys.ts";
import { virtualKeyOf } from "../find-object.ts";
import { changing, listing, operation, reading, type Answer } from "../operation.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import { deleted, listQuery, workspaceQuery } from "../schemas/schema.ts";
import {
  policies,
  testRequest,
  testResult,
  virtualKey,
  virtualKeyCreate,
  virtualKeyList,
  virtualKeySaved,
  virtualKeyUpdate,
} from "../schemas/virtual-keys.ts";
import { policiesOf, type PolicyTools } from "../policies.ts";
import { credentialTest, type CredentialTestTools } from "../credential-test.ts";
import { credentialOf, inputOf, kindOf, termsOf, viewOf } from "../virtual-key-view.ts";

const inProject = z.strictObject(workspaceQuery);
const list = z.strictObject({ ...listQuery, ...workspaceQuery });
const tag = "virtual keys";
const path = "/v1/virtual-keys";

function savedAnswer({ virtualKey: key, warnings }: SavedVirtualKey, nowMs: number): Answer {
  const { id, slug } = key;
  return { body: { ...viewOf(key, nowMs), success: true, data: { id, slug }, warnings }, shows: key };
}

export function virtualKeyOperations(tools: PolicyTools & CredentialTestTools) {
  return [
    operation({
      id: "createVirtualKey",
      method: "POST",
      path,
      tag,
      summary: "Store a credential. Its secrets are taken in and never given out.",
      need: changing("virtual_keys", "create"),
      query: inProject,
      body: virtualKeyCreate,
      answer: virtualKeySaved,
      run: async ({ body, parts, actor, project }) => {
        const projectId = await project(body.workspace_id);
        const given = { ...termsOf(body), ...credentialOf(body, kindOf(body)) };
        const saved = await parts.virtualKeys.create(projectId, inputOf(body.name, body.slug, given), actor);
        return savedAnswer(saved, parts.store.clock.now());
      },
    }),
    operation({
      id: "listVirtualKeys",
      method: "GET",
      path,
      tag,
      summary: "The project's virtual keys, by age.",
      need: listing("virtual_keys"),
      query: list,
      answer: virtualKeyList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.virtualKeys.list(projectId, oneMore(page));
        const total = await parts.virtualKeys.count(projectId, query.search);
        const now = parts.store.clock.now();
        return { body: pageAnswer(entries, (key) => viewOf(key, now), { page, total }) };
      },
    }),
    operation({
      id: "getVirtualKey",
      method: "GET",
      path: `${path}/{slug}`,
      tag,
      summary: "One virtual key, without its secrets.",
      need: reading("virtual_keys"),
      query: inProject,
      answer: virtualKey,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        return { body: viewOf(key, call.parts.store.clock.now()), shows: key };
      },
    }),
    operation({
      id: "updateVirtualKey",
      method: "PUT",
      path: `${path}/{slug}`,
      tag,
      summary: "Change what the body names. A credential that is given replaces the whole one.",
      need: changing("virtual_keys", "update"),
      query: inProject,
      body: virtualKeyUpdate,
      answer: virtualKeySaved,
      run: async (call) => {
        const { body, parts, actor, checkUnchanged } = call;
        const key = await virtualKeyOf(call);
        checkUnchanged(key);
        const isForeign = key.credential.kind === "openai_compatible";
        const kind = body.kind ?? (isForeign ? ("openai_compatible" as const) : undefined);
        const { kind: _kind, ...credential } = credentialOf(body, kind);
        const patch = {
          ...termsOf(body),
          ...(body.name !== undefined && { name: body.name }),
          ...(body.disabled !== undefined && { disabled: body.disabled }),
          ...credential,
          ...(kind !== undefined && "credential" in credential && { kind }),
        };
        return savedAnswer(await parts.virtualKeys.update(key.id, patch, actor), parts.store.clock.now());
      },
    }),
    operation({
      id: "deleteVirtualKey",
      method: "DELETE",
      path: `${path}/{slug}`,
      tag,
      summary: "Take a virtual key and its secrets away.",
      need: changing("virtual_keys", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        call.checkUnchanged(key);
        await call.parts.virtualKeys.remove(key.id, call.actor);
        return { body: { success: true, id: key.id, deleted: true } };
      },
    }),
    operation({
      id: "testVirtualKey",
      method: "POST",
      path: `${path}/{slug}/test`,
      tag,
      summary: "Try the credential at AWS in stages, and say which failed and what to do.",
      need: changing("virtual_keys", "update"),
      query: inProject,
      body: testRequest,
      answer: testResult,
      changes: false,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        return { body: await credentialTest(key, call.body, { ...tools, parts: call.parts }) };
      },
    }),
    operation({
      id: "getVirtualKeyPolicies",
      method: "GET",
      path: `${path}/{slug}/policies`,
      tag,
      summary: "The IAM policies to paste: the least that Adit needs, and the trust policy of a role.",
      need: reading("virtual_keys"),
      query: z.strictObject({
        ...workspaceQuery,
        principal_arn: z.string().max(2_048).optional().describe("Who assumes the role. Default: asked of STS."),
      }),
      answer: policies,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        return { body: await policiesOf(key, call.query.principal_arn, { ...tools, parts: call.parts }) };
      },
    }),
  ];
}
