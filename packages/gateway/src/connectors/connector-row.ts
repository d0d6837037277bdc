/** A connector's row in the store. */
import type { NewRow, Row } from "../store/tables/tables.ts";
import type { Connector } from "./connector.ts";

/** What has no column of its own. */
type Settings = Pick<Connector, "ownsVirtualKey" | "inputSchema" | "outputSchema" | "requestTimeoutMs">;

export function columnsOf(connector: Connector): NewRow<"connectors"> {
  const { ownsVirtualKey, inputSchema, outputSchema, requestTimeoutMs } = connector;
  const settings: Settings = { ownsVirtualKey, inputSchema, outputSchema, requestTimeoutMs };
  return {
    id: connector.id,
    projectId: connector.projectId,
    slug: connector.slug,
    name: connector.name,
    virtualKeyId: connector.virtualKeyId ?? null,
    region: connector.region ?? null,
    inferenceProfile: connector.inferenceProfile ?? null,
    // The column takes no null: a profile may stand for the model.
    modelId: connector.modelId ?? "",
    requestFormat: connector.requestFormat ?? null,
    responseFormat: connector.responseFormat ?? null,
    settings: JSON.stringify(settings),
    createdAt: connector.createdAt,
    updatedAt: connector.updatedAt,
  };
}

export function connectorFromRow(row: Row<"connectors">): Connector {
  const settings = JSON.parse(row.settings) as Settings;
  return {
    id: row.id,
    projectId: row.projectId,
    slug: row.slug,
    name: row.name,
    virtualKeyId: row.virtualKeyId ?? undefined,
    ownsVirtualKey: settings.ownsVirtualKey,
    region: row.region ?? undefined,
    inferenceProfile: row.inferenceProfile ?? undefined,
    modelId: row.modelId === "" ? undefined : row.modelId,
    requestFormat: row.requestFormat ?? undefined,
    responseFormat: row.responseFormat ?? undefined,
    inputSchema: settings.inputSchema,
    outputSchema: settings.outputSchema,
    requestTimeoutMs: settings.requestTimeoutMs,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
