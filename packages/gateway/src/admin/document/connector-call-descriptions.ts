/** What the document says of the routes of `connectors/call-routes.ts`, which are no operations: they call models. */
import type { DescribedRoute } from "../operation.ts";
import { connectorAnswer, connectorFailure, connectorInvocation, connectorRecords } from "../schemas/connectors.ts";

const common = {
  method: "POST",
  tag: "connectors",
  need: undefined,
  rights:
    "For the admin key, or a gateway key with the scope `completions.write`, whose models, regions, virtual keys and limits hold here too.",
  query: undefined,
  body: connectorInvocation,
  isBodyOptional: true,
  status: 200,
  changes: false,
} as const;

export const connectorCallDescriptions: readonly DescribedRoute[] = [
  {
    ...common,
    id: "invokeConnector",
    path: "/v1/connectors/{slug}/invoke",
    summary: "Call the model. Its own JSON comes back; with `stream` its chunks, as server-sent events.",
    answer: connectorAnswer,
    contentTypes: ["application/json", "text/event-stream"],
  },
  {
    ...common,
    id: "readConnector",
    path: "/v1/connectors/{slug}/read",
    summary: "Call the model. Records come back, as AI Squared has them.",
    answer: connectorRecords,
    failure: connectorFailure,
  },
];
