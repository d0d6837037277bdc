/** `/v1/connectors`: connectors kept, tried and described. Calls of them are in `connectors/call-routes.ts`. */
import { z } from "zod";
import { checkConnection, type CheckDependencies } from "../../connectors/check-stored-connection.ts";
import { connectorSpec } from "../../connectors/connector-schema.ts";
import type { SavedConnector } from "../../connectors/connectors.ts";
import { catalogMessage } from "../../connectors/records.ts";
import { samples } from "../../connectors/samples.ts";
import { connectorOf } from "../find-object.ts";
import {
  callingModels,
  changing,
  listing,
  operation,
  reading,
  type Answer,
  type Call,
  type CallTools,
} from "../operation.ts";
import { checkOperatorsOwn } from "../operators-own.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import {
  connectionCheck,
  connectionStatus,
  connector,
  connectorCatalog,
  connectorCreate,
  connectorList,
  connectorSamples,
  connectorSaved,
  connectorSpecDocument,
  connectorUpdate,
} from "../schemas/connectors.ts";
import { deleted, inProject, listQuery, workspaceQuery } from "../schemas/schema.ts";

const tag = "connectors";
const path = "/v1/connectors";

/** What a connection is tried with. */
export interface ConnectorTools extends CallTools {
  connections: CheckDependencies;
}

async function savedAnswer({ parts, principal }: Call<unknown, unknown>, saved: SavedConnector): Promise<Answer> {
  // The fields make a virtual key, for which the same holds as at its own path.
  if (saved.ownKey !== undefined) checkOperatorsOwn(principal, saved.ownKey.saved, saved.ownKey.before);
  const state = await parts.connectors.state(saved.connector);
  return { body: { ...state.view, success: true, warnings: saved.warnings }, shows: state };
}

export function connectorOperations(tools: ConnectorTools) {
  return [...descriptions(), ...keeping(), ...trying(tools)];
}

function descriptions() {
  return [
    operation({
      id: "getConnectorSpec",
      method: "GET",
      path: `${path}/spec`,
      tag,
      summary: "The fields of a connector as JSON schema, for forms.",
      need: listing("connectors"),
      query: inProject,
      answer: connectorSpecDocument,
      run: async ({ project }) => {
        await project();
        return { body: connectorSpec() };
      },
    }),
    operation({
      id: "listConnectorSamples",
      method: "GET",
      path: `${path}/samples`,
      tag,
      summary: "A request and an answer of each model that forms offer.",
      need: listing("connectors"),
      query: inProject,
      answer: connectorSamples,
      run: async ({ project }) => {
        await project();
        return { body: { object: "list", data: samples } };
      },
    }),
    operation({
      id: "discoverConnector",
      method: "GET",
      path: `${path}/{slug}/discover`,
      tag,
      summary: "The shape of what `read` of a connector gives.",
      need: reading("connectors"),
      query: inProject,
      answer: connectorCatalog,
      run: async (call) => ({ body: catalogMessage(await connectorOf(call)) }),
    }),
  ];
}

function keeping() {
  return [
    operation({
      id: "createConnector",
      method: "POST",
      path,
      tag,
      summary: "Keep a connector: a call of one model, by a name.",
      need: changing("connectors", "create"),
      query: inProject,
      body: connectorCreate,
      answer: connectorSaved,
      status: 201,
      run: async (call) => {
        const { workspace_id: workspace, ...input } = call.body;
        return savedAnswer(call, await call.parts.connectors.create(await call.project(workspace), input, call.actor));
      },
    }),
    operation({
      id: "listConnectors",
      method: "GET",
      path,
      tag,
      summary: "The project's connectors, by age.",
      need: listing("connectors"),
      query: z.strictObject({ ...listQuery, ...workspaceQuery }),
      answer: connectorList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.connectors.list(projectId, oneMore(page));
        const total = await parts.connectors.count(projectId, page);
        const views = await Promise.all(entries.map((entry) => parts.connectors.view(entry)));
        return { body: pageAnswer(views, (view) => view, { page, total }) };
      },
    }),
    operation({
      id: "getConnector",
      method: "GET",
      path: `${path}/{slug}`,
      tag,
      summary: "One connector, without a secret.",
      need: reading("connectors"),
      query: inProject,
      answer: connector,
      run: async (call) => {
        const state = await call.parts.connectors.state(await connectorOf(call));
        return { body: state.view, shows: state };
      },
    }),
    operation({
      id: "updateConnector",
      method: "PUT",
      path: `${path}/{slug}`,
      tag,
      summary:
        "Change what the body names; null takes a value away. A credential that is given replaces the whole one.",
      need: changing("connectors", "update"),
      query: inProject,
      body: connectorUpdate,
      answer: connectorSaved,
      run: async (call) => {
        const before = await connectorOf(call);
        // Its own credential may have been changed under the name of its virtual key.
        call.checkUnchanged(await call.parts.connectors.state(before));
        return savedAnswer(call, await call.parts.connectors.update(before.id, call.body, call.actor));
      },
    }),
    operation({
      id: "deleteConnector",
      method: "DELETE",
      path: `${path}/{slug}`,
      tag,
      summary: "Take a connector away, with the credential that is its own.",
      need: changing("connectors", "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const before = await connectorOf(call);
        call.checkUnchanged(await call.parts.connectors.state(before));
        await call.parts.connectors.remove(before.id, call.actor);
        return { body: { success: true, id: before.id, deleted: true } };
      },
    }),
  ];
}

/** They change nothing that is kept, and call a model, which a key needs the right to. */
function trying({ connections, checkRoom }: ConnectorTools) {
  return [
    operation({
      id: "checkConnection",
      method: "POST",
      path: `${path}/check_connection`,
      tag,
      summary: "Try a connection that is not saved, by one call of its model, which is billed.",
      need: { alsoScope: callingModels.scope, ...changing("connectors", "create") },
      query: inProject,
      body: connectionCheck,
      answer: connectionStatus,
      changes: false,
      run: async (call) => {
        const checking = { ...call, projectId: await call.project() };
        checkRoom();
        return { body: await checkConnection(checking, { spec: call.body.connection_spec }, connections) };
      },
    }),
    operation({
      id: "checkConnector",
      method: "POST",
      path: `${path}/{slug}/check_connection`,
      tag,
      summary: "Try a connector, by one call of its model, which is billed.",
      need: { alsoScope: callingModels.scope, ...changing("connectors", "update") },
      query: inProject,
      answer: connectionStatus,
      changes: false,
      run: async (call) => {
        const found = await connectorOf(call);
        const checking = { ...call, projectId: found.projectId };
        checkRoom();
        return { body: await checkConnection(checking, { connector: found }, connections) };
      },
    }),
  ];
}
