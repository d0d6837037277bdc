/** `/v1/api-keys`: gateway keys, and the key pairs in AWS's style that stand for one. */
import { AditError } from "@adit/bedrock";
import { z } from "zod";
import type { GatewayKey, GatewayKeyInput } from "../../access/gateway-key.ts";
import { noKeyLimits, type LimitedKey } from "../../limits/settings/key-limits.ts";
import { checkHandsOn, pairViewOf, scopesGiven, termsOf, viewOf } from "../views/api-key-view.ts";
import { withKnownNames } from "../known-names.ts";
import { gatewayKeyOf } from "../find-object.ts";
import { changeLimits, giveLimits, limitedNow, withLimits } from "../key-limit-fields.ts";
import { changing, listing, operation, reading, type Call } from "../operation.ts";
import { exhaustedOf, keyStatuses } from "./key-views.ts";
import { oneMore, pageAnswer, pageOf, wholeAnswer } from "../page.ts";
import {
  apiKey,
  apiKeyCreate,
  apiKeyCreated,
  apiKeyEntry,
  apiKeyList,
  apiKeyRotate,
  apiKeyUpdate,
  keyPair,
  keyPairCreated,
  keyPairList,
  keyPairUpdate,
  type ApiKeyCreate,
} from "../schemas/api-keys.ts";
import {
  deleted,
  inProject,
  listQuery,
  momentOf,
  momentOrNull,
  statusQuery,
  workspaceQuery,
} from "../schemas/schema.ts";

const tag = "API keys";
const path = "/v1/api-keys";
const defaultOverlapSeconds = 86_400;

/** Portkey has keys of the organisation too: here a key is of one project. */
function checkKind(parameters: Readonly<Record<string, string>>, body: ApiKeyCreate): void {
  const { type, kind } = parameters;
  if (type !== "workspace") {
    throw new AditError(
      "invalid_request",
      `There are no API keys of the type ${JSON.stringify((type ?? "").slice(0, 64))}.`,
      {
        param: "type",
        remedy: "Use workspace: a gateway key belongs to one project.",
      },
    );
  }
  if (kind !== "service" && kind !== "user") {
    throw new AditError(
      "invalid_request",
      `There are no API keys of the kind ${JSON.stringify((kind ?? "").slice(0, 64))}.`,
      {
        param: "sub-type",
        remedy: "Use service or user.",
      },
    );
  }
  if ((kind === "user") === (body.user_id !== undefined)) return;
  throw new AditError("invalid_request", "user_id names the person of a key of the kind user, and of no other.", {
    param: "user_id",
    remedy: kind === "user" ? "Give user_id." : "Leave user_id out, or make a key of the kind user.",
  });
}

function limitedKey({ id, projectId }: GatewayKey): LimitedKey {
  return { scope: "gateway_key", id, projectId };
}

async function pairOf(call: Call<unknown, unknown>) {
  const key = await gatewayKeyOf(call);
  const pair = await call.parts.keyPairs.get(call.parameters["pair"] ?? "");
  if (pair.gatewayKeyId === key.id) return pair;
  throw new AditError("not_found", "The API key has no such key pair.", { remedy: "Check its id." });
}

export function apiKeyOperations() {
  return [...keyOperations(), ...pairOperations()];
}

function keyOperations() {
  return [
    operation({
      id: "createApiKey",
      method: "POST",
      path: `${path}/{type}/{kind}`,
      tag,
      summary: "Make a gateway key: `workspace/service` or `workspace/user`. Its text is shown in this answer alone.",
      need: changing("api_keys", "create"),
      query: inProject,
      body: apiKeyCreate,
      answer: apiKeyCreated,
      shownOnce: ["key"],
      run: async ({ body, parts, parameters, principal, actor, project }) => {
        checkKind(parameters, body);
        const projectId = await project(body.workspace_id);
        await checkHandsOn(principal, body.scopes, parts);
        const given = await withKnownNames(projectId, termsOf(body), parts);
        const terms = Object.entries(given).filter(([, value]) => value !== null);
        const { name, scopes, user_id: ownerId } = body;
        const input: GatewayKeyInput = {
          ...Object.fromEntries(terms),
          name,
          scopes,
          ...(ownerId !== undefined && { ownerId }),
        };
        const made = await parts.gatewayKeys.create(projectId, input, actor);
        const limits = await giveLimits({ parts, actor }, limitedKey(made.gatewayKey), body);
        const shown = viewOf(made.gatewayKey, parts.store.clock.now(), limits);
        return { body: { ...shown, key: made.secret.reveal() }, shows: withLimits(made.gatewayKey, limits) };
      },
    }),
    operation({
      id: "listApiKeys",
      method: "GET",
      path,
      tag,
      summary: "The project's gateway keys, by age.",
      need: listing("api_keys"),
      query: z.strictObject({ ...listQuery, ...workspaceQuery, ...statusQuery(keyStatuses) }),
      answer: apiKeyList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const exhausted = await exhaustedOf(parts, { scope: "gateway_key", projectId, status: page.status });
        const entries = await parts.gatewayKeys.list(projectId, { ...oneMore(page), exhausted });
        const total = await parts.gatewayKeys.count(projectId, { ...page, exhausted });
        const now = parts.store.clock.now();
        const limits = await parts.keyLimits.ofAll(
          "gateway_key",
          entries.map(({ id }) => id),
        );
        const show = (key: GatewayKey) => viewOf(key, now, limits.get(key.id) ?? noKeyLimits);
        return { body: pageAnswer(entries, show, { page, total }) };
      },
    }),
    operation({
      id: "getApiKey",
      method: "GET",
      path: `${path}/{id}`,
      tag,
      summary: "One gateway key, by the beginnings of what counts.",
      need: reading("api_keys"),
      answer: apiKey,
      run: async (call) => {
        const key = await gatewayKeyOf(call);
        const prefixes = await call.parts.gatewayKeys.prefixesOf(key.id);
        const keys = prefixes.map(({ prefix, createdAt, validUntil }) => ({
          prefix,
          created_at: momentOf(createdAt),
          valid_until: momentOrNull(validUntil),
        }));
        const limits = await call.parts.keyLimits.of("gateway_key", key.id);
        return { body: { ...viewOf(key, call.parts.store.clock.now(), limits), keys }, shows: withLimits(key, limits) };
      },
    }),
    operation({
      id: "updateApiKey",
      method: "PUT",
      path: `${path}/{id}`,
      tag,
      summary: "Change what the body names.",
      need: changing("api_keys", "update"),
      body: apiKeyUpdate,
      answer: apiKeyEntry,
      run: async (call) => {
        const { body, parts, principal, actor } = call;
        const key = await gatewayKeyOf(call);
        call.checkUnchanged(await limitedNow(key, "gateway_key", call.parts));
        await checkHandsOn(principal, scopesGiven(key, termsOf(body)), parts);
        const terms = await withKnownNames(key.projectId, termsOf(body), parts);
        const updated = await parts.gatewayKeys.update(key.id, terms, actor);
        const limits = await changeLimits(call, limitedKey(updated), body);
        return { body: viewOf(updated, parts.store.clock.now(), limits), shows: withLimits(updated, limits) };
      },
    }),
    operation({
      id: "rotateApiKey",
      method: "POST",
      path: `${path}/{id}/rotate`,
      tag,
      summary: "Make another key for the same rights; those before count on for a while.",
      need: changing("api_keys", "update"),
      body: apiKeyRotate,
      answer: apiKeyCreated,
      shownOnce: ["key"],
      run: async (call) => {
        const { body, parts, principal, actor } = call;
        const key = await gatewayKeyOf(call);
        call.checkUnchanged(await limitedNow(key, "gateway_key", call.parts));
        await checkHandsOn(principal, key.scopes, parts);
        const overlapMs = (body.overlap_seconds ?? defaultOverlapSeconds) * 1_000;
        const made = await parts.gatewayKeys.rotate(key.id, overlapMs, actor);
        const limits = await parts.keyLimits.of("gateway_key", key.id);
        const shown = viewOf(made.gatewayKey, parts.store.clock.now(), limits);
        return { body: { ...shown, key: made.secret.reveal() }, shows: withLimits(made.gatewayKey, limits) };
      },
    }),
    operation({
      id: "deleteApiKey",
      method: "DELETE",
      path: `${path}/{id}`,
      tag,
      summary: "Take a gateway key away, with its key pairs.",
      need: changing("api_keys", "delete"),
      answer: deleted,
      run: async (call) => {
        const key = await gatewayKeyOf(call);
        call.checkUnchanged(await limitedNow(key, "gateway_key", call.parts));
        await call.parts.keyLimits.removeAll("gateway_key", key.id, call.actor);
        await call.parts.gatewayKeys.remove(key.id, call.actor);
        return { body: { success: true, id: key.id, deleted: true } };
      },
    }),
  ];
}

function pairOperations() {
  const pairs = `${path}/{id}/key-pairs`;
  return [
    operation({
      id: "createKeyPair",
      method: "POST",
      path: pairs,
      tag,
      summary:
        "Make a key pair with which AWS's SDKs sign for the native door. Its secret is shown in this answer alone.",
      need: changing("api_keys", "update"),
      answer: keyPairCreated,
      shownOnce: ["secret_access_key"],
      run: async (call) => {
        const key = await gatewayKeyOf(call);
        await checkHandsOn(call.principal, key.scopes, call.parts);
        const made = await call.parts.keyPairs.create(key.id, call.actor);
        return { body: { ...pairViewOf(made.keyPair), secret_access_key: made.secretAccessKey.reveal() } };
      },
    }),
    operation({
      id: "listKeyPairs",
      method: "GET",
      path: pairs,
      tag,
      summary: "The key pairs of a gateway key, by age.",
      need: reading("api_keys"),
      answer: keyPairList,
      run: async (call) => {
        const key = await gatewayKeyOf(call);
        return { body: wholeAnswer((await call.parts.keyPairs.list(key.id)).map(pairViewOf)) };
      },
    }),
    operation({
      id: "updateKeyPair",
      method: "PUT",
      path: `${pairs}/{pair}`,
      tag,
      summary: "Switch a key pair off or on.",
      need: changing("api_keys", "update"),
      body: keyPairUpdate,
      answer: keyPair,
      run: async (call) => {
        const isOff = call.body.status === "disabled";
        const pair = await pairOf(call);
        if (!isOff) await checkHandsOn(call.principal, (await gatewayKeyOf(call)).scopes, call.parts);
        const updated = await call.parts.keyPairs.setDisabled(pair.id, isOff, call.actor);
        return { body: pairViewOf(updated) };
      },
    }),
    operation({
      id: "deleteKeyPair",
      method: "DELETE",
      path: `${pairs}/{pair}`,
      tag,
      summary: "Take a key pair away.",
      need: changing("api_keys", "update"),
      answer: deleted,
      run: async (call) => {
        const pair = await pairOf(call);
        await call.parts.keyPairs.remove(pair.id, call.actor);
        return { body: { success: true, id: pair.id, deleted: true } };
      },
    }),
  ];
}
