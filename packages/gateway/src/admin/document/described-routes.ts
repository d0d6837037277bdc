/** All routes that the OpenAPI document describes: the operations, and the routes that are not operations. */
import { connectorCallDescriptions } from "./connector-call-descriptions.ts";
import type { DescribedRoute } from "../operation.ts";
import { allOperations, type OperationTools } from "../operations/all.ts";
import { sessionDescriptions } from "./session-description.ts";

export function describedRoutes(tools: OperationTools): DescribedRoute[] {
  return [...allOperations(tools), ...sessionDescriptions, ...connectorCallDescriptions];
}
