/** `/v1/connectors`: connectors kept, tried and described. Calls of them are in `call-routes.ts`. */
import { AditError, openAiErrorBody } from "@adit/bedrock";
import { changing, listing, reading, type Need } from "../admin/operation.ts";
import { checkAnyRight, checkRight, projectOfCall } from "../admin/rights.ts";
import { actorOf, type Principal } from "../access/principal.ts";
import { parseJsonBody } from "../http/json-body.ts";
import type { Incoming, Reply, Route, RouteMethod } from "../http/route.ts";
import type { Stored, StoredParts } from "../stored.ts";
import { checkConnection, type CheckDependencies } from "./check-stored-connection.ts";
import { connectorCallRoutes } from "./call-routes.ts";
import {
  checked,
  connectionCheckSchema,
  connectorPatchSchema,
  connectorSchema,
  connectorSpec,
} from "./connector-schema.ts";
import type { Connector } from "./connector.ts";
import type { SavedConnector } from "./connectors.ts";
import { catalogMessage } from "./records.ts";
import { samples } from "./samples.ts";

export interface ConnectorRoutesDependencies extends CheckDependencies {
  stored: Stored;
}

/** One request of the routes, with what it stands on. */
interface Asked {
  incoming: Incoming;
  reply: Reply;
  principal: Principal;
  parts: StoredParts;
  projectId: string;
  deps: ConnectorRoutesDependencies;
}

const base = "/v1/connectors";
const pageSize = 100;

export function connectorRoutes(deps: ConnectorRoutesDependencies): Route[] {
  const route = (method: RouteMethod, path: string, need: Need, run: (asked: Asked) => Promise<void>): Route => ({
    method,
    path: `${base}${path}`,
    access: "control",
    errorBody: openAiErrorBody,
    handle: async (incoming, reply, principal) => {
      checkAnyRight(principal, need);
      const parts = await deps.stored.ready();
      const projectId = await projectOfCall(principal, incoming.query.get("workspace_id") ?? undefined, parts);
      checkRight(principal, need, projectId);
      reply.header("cache-control", "no-store");
      await run({ incoming, reply, principal, parts, projectId, deps });
    },
  });
  return [
    ...connectorCallRoutes(deps),
    route("GET", "/spec", listing("connectors"), async ({ reply }) => reply.send(200, connectorSpec())),
    route("GET", "/samples", listing("connectors"), async ({ reply }) =>
      reply.send(200, { object: listing("connectors"), data: samples }),
    ),
    route("GET", "", listing("connectors"), list),
    route("POST", "", changing("connectors", "create"), create),
    route("POST", "/check_connection", changing("connectors", "create"), checkUnsaved),
    route("GET", "/{slug}", reading("connectors"), async (asked) =>
      show(asked, 200, { connector: await found(asked), warnings: [] }),
    ),
    route("PUT", "/{slug}", changing("connectors", "update"), update),
    route("DELETE", "/{slug}", changing("connectors", "delete"), remove),
    route("POST", "/{slug}/check_connection", changing("connectors", "update"), checkSaved),
    route("GET", "/{slug}/discover", reading("connectors"), async (asked) =>
      asked.reply.send(200, catalogMessage(await found(asked))),
    ),
  ];
}

async function list({ incoming, reply, parts, projectId }: Asked): Promise<void> {
  const { query } = incoming;
  const limit = pageLimit(query.get("limit"));
  const after = query.get("after") ?? "";
  const entries = await parts.connectors.list(projectId, { limit: limit + 1, after });
  const page = entries.slice(0, limit);
  const data = await Promise.all(page.map((connector) => parts.connectors.view(connector)));
  reply.send(200, {
    object: listing("connectors"),
    data,
    has_more: entries.length > limit,
    last_id: page.at(-1)?.id ?? null,
  });
}

function pageLimit(text: string | null): number {
  const limit = text === null ? pageSize : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= pageSize) return limit;
  throw new AditError("invalid_request", `limit must be a whole number from 1 to ${pageSize}.`, { param: "limit" });
}

async function create(asked: Asked): Promise<void> {
  const { incoming, principal, parts, projectId } = asked;
  const input = checked(connectorSchema, await bodyOf(asked));
  await show(asked, 201, await parts.connectors.create(projectId, input, actorOf(principal, incoming)));
}

async function update(asked: Asked): Promise<void> {
  const { incoming, principal, parts } = asked;
  const patch = checked(connectorPatchSchema, await bodyOf(asked));
  const { id } = await found(asked);
  await show(asked, 200, await parts.connectors.update(id, patch, actorOf(principal, incoming)));
}

async function remove(asked: Asked): Promise<void> {
  const { incoming, principal, parts, reply } = asked;
  const { id } = await found(asked);
  await parts.connectors.remove(id, actorOf(principal, incoming));
  reply.send(200, { success: true, id, deleted: true });
}

async function checkSaved(asked: Asked): Promise<void> {
  const connector = await found(asked);
  asked.reply.send(200, await checkConnection(asked, { connector }, asked.deps));
}

async function checkUnsaved(asked: Asked): Promise<void> {
  const { connection_spec: spec } = checked(connectionCheckSchema, await bodyOf(asked));
  asked.reply.send(200, await checkConnection(asked, { spec }, asked.deps));
}

function found({ incoming, parts, projectId }: Asked): Promise<Connector> {
  return parts.connectors.bySlug(projectId, incoming.parameters["slug"] ?? "");
}

async function show({ reply, parts }: Asked, status: number, { connector, warnings }: SavedConnector): Promise<void> {
  reply.send(status, { ...(await parts.connectors.view(connector)), ...(warnings.length > 0 && { warnings }) });
}

async function bodyOf({ incoming, deps }: Asked) {
  return parseJsonBody(await incoming.readBody(), deps.routing.settings.maxJsonDepth);
}
