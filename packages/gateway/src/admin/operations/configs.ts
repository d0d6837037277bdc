/** `/v1/configs`: saved configs and their versions. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { z } from "zod";
import { parsedObject } from "@adit/bedrock/gateway";
import { checkUnaltered } from "../../http/unaltered.ts";
import type { RoutingDependencies } from "../../routing/dependencies.ts";
import { dryRun } from "../../routing/dry-run.ts";
import { configJsonSchema } from "../../routing/config/config-schema.ts";
import type { SavedConfig, SavedConfigAnswer } from "../../routing/saved-configs/saved-configs.ts";
import { configOf } from "../find-object.ts";
import { changing, listing, operation, reading, type Answer } from "../operation.ts";
import { oneMore, pageAnswer, pageOf, versionShown, versionsPage } from "../page.ts";
import { projectCaller } from "../project-caller.ts";
import {
  configCreate,
  configList,
  configSaved,
  configUpdate,
  configVersions,
  jsonSchemaDocument,
  savedConfig,
} from "../schemas/configs.ts";
import { dryRunAnswer, dryRunRequest } from "../schemas/dry-run.ts";
import {
  deleted,
  inProject,
  listQuery,
  momentOf,
  statusQuery,
  versionsQuery,
  workspaceQuery,
} from "../schemas/schema.ts";

const tag = "configs";
const path = "/v1/configs";

function entryOf(config: SavedConfig) {
  return {
    id: config.id,
    object: "config",
    name: config.name,
    slug: config.slug,
    workspace_id: config.projectId,
    is_default: config.isDefault ? 1 : 0,
    status: config.disabled ? "inactive" : "active",
    version: config.version,
    version_id: config.versionId,
    created_at: momentOf(config.createdAt),
    last_updated_at: momentOf(config.updatedAt),
  };
}

function wholeOf(saved: SavedConfig) {
  const whole = { ...entryOf(saved), config: saved.config };
  return { ...whole, success: true, data: whole };
}

function savedAnswer({ saved, dropped }: SavedConfigAnswer): Answer {
  return { body: { ...wholeOf(saved), dropped }, shows: saved };
}

/** A config is an object; Portkey's older clients send its text. */
function configObject(given: Record<string, unknown> | string): JsonObject {
  if (typeof given !== "string") return given as JsonObject;
  const read = parsedObject(given);
  if (read !== undefined) {
    checkUnaltered(Buffer.from(given), read, "invalid_config");
    return read;
  }
  throw new AditError("invalid_config", "config must be an object, or the JSON text of one.", { param: "config" });
}

export interface ConfigTools {
  routing: RoutingDependencies;
}

export function configOperations(tools: ConfigTools) {
  return [...keeping(), ...looking(tools)];
}

function keeping() {
  return [
    operation({
      id: "createConfig",
      method: "POST",
      path,
      tag,
      summary: "Save a config. Its slug then stands for it in `x-adit-config` and `x-portkey-config`.",
      need: changing("configs", "create"),
      query: inProject,
      body: configCreate,
      answer: configSaved,
      run: async ({ body, parts, actor, project }) => {
        const { name, slug, config } = body;
        const input = { name, slug, isDefault: body.is_default ?? body.isDefault, config: configObject(config) };
        return savedAnswer(await parts.configs.create(await project(body.workspace_id), input, actor));
      },
    }),
    operation({
      id: "listConfigs",
      method: "GET",
      path,
      tag,
      summary: "The project's configs, by age.",
      need: listing("configs"),
      query: z.strictObject({ ...listQuery, ...workspaceQuery, ...statusQuery(["active", "inactive"]) }),
      answer: configList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.configs.list(projectId, oneMore(page));
        const total = await parts.configs.count(projectId, page);
        return { body: pageAnswer(entries, entryOf, { page, total }) };
      },
    }),
    operation({
      id: "getConfig",
      method: "GET",
      path: `${path}/{slug}`,
      tag,
      summary: "One config in its newest version.",
      need: reading("configs"),
      query: inProject,
      answer: savedConfig,
      run: async (call) => {
        const config = await configOf(call);
        return { body: wholeOf(config), shows: config };
      },
    }),
    operation({
      id: "updateConfig",
      method: "PUT",
      path: `${path}/{slug}`,
      tag,
      summary: "Change what the body names. Another config makes another version.",
      need: changing("configs", "update"),
      query: inProject,
      body: configUpdate,
      answer: configSaved,
      run: async (call) => {
        const { body, parts, actor } = call;
        const before = await configOf(call);
        call.checkUnchanged(before);
        const patch = {
          name: body.name,
          isDefault: body.is_default ?? body.isDefault,
          config: body.config === undefined ? undefined : configObject(body.config),
          disabled: body.status === undefined ? undefined : body.status === "inactive",
        };
        return savedAnswer(await parts.configs.update(before.id, patch, actor));
      },
    }),
    operation({
      id: "deleteConfig",
      method: "DELETE",
      path: `${path}/{slug}`,
      tag,
      summary: "Take a config away with all its versions.",
      need: changing("configs", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const config = await configOf(call);
        call.checkUnchanged(config);
        await call.parts.configs.remove(config.id, call.actor);
        return { body: { success: true, id: config.id, deleted: true } };
      },
    }),
  ];
}

/** What changes nothing. */
function looking({ routing }: ConfigTools) {
  return [
    operation({
      id: "listConfigVersions",
      method: "GET",
      path: `${path}/{slug}/versions`,
      tag,
      summary: "The versions of a config, the newest first.",
      need: reading("configs"),
      query: versionsQuery,
      answer: configVersions,
      run: async (call) => {
        const { id } = await configOf(call);
        return { body: await versionsPage(call.parts.configs, { id, query: call.query }, versionShown) };
      },
    }),
    operation({
      id: "getConfigSchema",
      method: "GET",
      path: `${path}/schema`,
      tag,
      summary: "The JSON schema of a config, for editors and forms.",
      need: listing("configs"),
      query: inProject,
      answer: jsonSchemaDocument,
      run: async ({ project }) => {
        await project();
        return { body: configJsonSchema() };
      },
    }),
    operation({
      id: "dryRunConfig",
      method: "POST",
      path: `${path}/dry-run`,
      tag,
      summary: "Say what a config would do with a request, and what each failure would lead to. Nothing is sent.",
      need: reading("configs"),
      query: inProject,
      body: dryRunRequest,
      answer: dryRunAnswer,
      changes: false,
      run: async ({ body, principal, project }) => {
        const { workspace_id: workspace, ...input } = body;
        const caller = projectCaller(principal, await project(workspace));
        return { body: { object: "config.dry_run", ...(await dryRun(input as JsonObject, caller, routing)) } };
      },
    }),
  ];
}
