/** `/v1/virtual-keys`: stored credentials. */
import { AditError } from "@adit/bedrock";
import { z } from "zod";
import type { Reply } from "../../http/routes/route.ts";
import type { SavedVirtualKey } from "../../vault/virtual-keys.ts";
import { virtualKeyOf } from "../find-object.ts";
import { changeLimits, giveLimits, limitedNow, withLimits } from "../key-limit-fields.ts";
import { callingModels, changing, operation, reading, type Answer } from "../operation.ts";
import { checkRight } from "../rights.ts";
import { checkOperatorsOwn } from "../operators-own.ts";
import { inProject, workspaceQuery } from "../schemas/schema.ts";
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
import { askOneToken, type CredentialCallTools } from "../credential-call.ts";
import { credentialTest, type CredentialTestResult, type CredentialTestTools, type Stage } from "../credential-test.ts";
import { limitedKey, listGetDelete, stateOf } from "./key-views.ts";
import { credentialOf, inputOf, kindOf, termsOf, viewOf, type KeyState } from "../views/virtual-key-view.ts";

const tag = "virtual keys";
const path = "/v1/virtual-keys";

function savedAnswer({ virtualKey: key, warnings }: SavedVirtualKey, state: KeyState): Answer {
  const { id, slug } = key;
  return {
    body: { ...viewOf(key, state), success: true, data: { id, slug }, warnings },
    shows: withLimits(key, state.limits),
  };
}

/** @throws AditError `invalid_request` where a virtual key is to become another provider's: everything that names it would call that. */
function checkProvider(named: string | undefined, isForeign: boolean): void {
  if (named === undefined || (kindOf({ provider: named }) === "openai_compatible") === isForeign) return;
  throw new AditError("invalid_request", `provider is ${isForeign ? "openai" : "bedrock"}, and cannot change.`, {
    param: "provider",
    remedy: "Leave it out, or store another virtual key.",
  });
}

export function virtualKeyOperations(tools: PolicyTools & CredentialTestTools & CredentialCallTools) {
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
      run: async ({ body, parts, actor, principal, project }) => {
        const projectId = await project(body.workspace_id);
        const given = { ...termsOf(body), ...credentialOf(body, kindOf(body), "create") };
        const saved = await parts.virtualKeys.create(projectId, inputOf(body.name, body.slug, given), actor);
        checkOperatorsOwn(principal, saved);
        const limits = await giveLimits({ parts, actor }, limitedKey(saved.virtualKey), body);
        return savedAnswer(saved, await stateOf(saved.virtualKey, parts, limits));
      },
    }),
    ...listGetDelete({
      noun: "VirtualKey",
      words: "virtual key",
      path,
      tag,
      resource: "virtual_keys",
      show: viewOf,
      entry: virtualKey,
      list: virtualKeyList,
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
        checkUnchanged(await limitedNow(key, "virtual_key", parts));
        const isForeign = key.credential.kind === "openai_compatible";
        checkProvider(body.provider, isForeign);
        const kind = body.kind ?? (isForeign ? ("openai_compatible" as const) : undefined);
        const { kind: _kind, ...credential } = credentialOf(body, kind, "update");
        const patch = {
          ...termsOf(body),
          ...(body.name !== undefined && { name: body.name }),
          ...(body.disabled !== undefined && { disabled: body.disabled }),
          ...credential,
          ...(kind !== undefined && "credential" in credential && { kind }),
        };
        const saved = await parts.virtualKeys.update(key.id, patch, actor);
        checkOperatorsOwn(call.principal, saved, key);
        const limits = await changeLimits(call, limitedKey(key), body);
        return savedAnswer(saved, await stateOf(saved.virtualKey, parts, limits));
      },
    }),
    operation({
      id: "testVirtualKey",
      method: "POST",
      path: `${path}/{slug}/test`,
      tag,
      summary:
        "Try the credential at AWS in stages, and say which failed and what to do. A model that is named is asked for one token: a call that counts and costs, for which a key needs `completions.write` too.",
      need: changing("virtual_keys", "update"),
      query: inProject,
      body: testRequest,
      answer: testResult,
      contentTypes: ["application/json", "text/event-stream"],
      changes: false,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        if (call.body.model !== undefined) {
          // To ask a model is a right of its own.
          checkRight(call.principal, callingModels, key.projectId);
          tools.checkRoom();
        }
        const askModel = (model: string, region: string): Promise<string> =>
          askOneToken(call, { key, model, region }, tools);
        const assumer = key.sourceId === undefined ? undefined : await call.parts.virtualKeys.byId(key.sourceId);
        const test = async (onStage?: (stage: Stage) => void) => {
          const result = await credentialTest(key, call.body, { ...tools, parts: call.parts, askModel }, onStage);
          const { region, stages } = result;
          const tested = assumer === undefined ? ([key] as const) : ([key, assumer] as const);
          await call.parts.virtualKeyTests.keep(tested, { region: region ?? undefined, stages });
          return result;
        };
        return call.body.stream === true ? { pour: (reply) => pourTest(reply, test) } : { body: await test() };
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

/** An event `stage` for each as it ends, and `result` with all of them. */
async function pourTest(
  reply: Reply,
  test: (onStage: (stage: Stage) => void) => Promise<CredentialTestResult>,
): Promise<void> {
  // Not before the first stage has ended: what is refused before it has a status of its own.
  let events: ReturnType<Reply["openEvents"]> | undefined;
  const write = (event: string, data: object) => {
    events ??= reply.openEvents();
    events.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    events.flush();
  };
  write("result", await test((stage) => write("stage", stage)));
  events?.end();
}
