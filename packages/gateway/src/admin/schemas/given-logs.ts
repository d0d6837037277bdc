/** Logs that callers give, and the calls that they want away. */
import { z } from "zod";
import { pairs } from "./log-filter.ts";
import { named, oneOrSeveral, ownObject, workspaceId } from "./schema.ts";

const name = z.string().max(512).optional();
const namesOfTrace = z.looseObject({
  trace_id: name,
  traceId: name,
  span_id: name,
  spanId: name,
  span_name: name,
  spanName: name,
  parent_span_id: name,
  parentSpanId: name,
});
/** As it was given: the shape of its names would leave `__proto__` out, and a pair that is not kept is not found when it is to be deleted. */
const metadataOfTrace = ownObject
  .superRefine((given, context) => {
    for (const { path, message } of namesOfTrace.safeParse(given).error?.issues ?? []) {
      context.addIssue({ code: "custom", path, message });
    }
  })
  .meta({ type: "object", properties: z.toJSONSchema(namesOfTrace).properties, additionalProperties: true });

/** A day: the call stands in the logs where it had begun. */
const longestMs = 86_400_000;

const oneLog = z
  .looseObject({
    request: z
      .looseObject({
        url: z.string().max(2_048).optional(),
        method: z.string().max(16).optional(),
        provider: z.string().max(64).optional(),
      })
      .optional(),
    response: z
      .looseObject({
        status: z.int().min(100).max(599).optional(),
        response_time: z.number().min(0).max(longestMs).optional().describe("Milliseconds."),
      })
      .optional(),
    metadata: metadataOfTrace.optional(),
  })
  // Of anything else a call would be kept that says nothing, and is counted as a success.
  .refine(({ request, response, metadata }) => (request ?? response ?? metadata) !== undefined, {
    message: "must hold a request, a response or metadata",
  });

/** Portkey's shape: one, or a list of them. */
export const logsCreate = named("LogsCreate", oneOrSeveral(oneLog, 1_000), {
  request: { url: "https://example.com/tool", method: "POST", body: { query: "weather" } },
  response: { status: 200, body: { answer: "rain" }, response_time: 41 },
  metadata: { trace_id: "01890a5d-ac96-774b-bcce-b302099a8057", span_id: "tool-1", span_name: "weather tool" },
});

export const logsCreated = named(
  "LogsCreated",
  z.strictObject({ status: z.literal("success"), success: z.literal(true), ids: z.array(z.string()) }),
  { status: "success", success: true, ids: ["req_01890a5d-ac96-774b-bcce-b302099a8057"] },
);

export const logsDelete = z.strictObject({
  workspace_id: workspaceId,
  metadata: pairs.unwrap().describe("The pairs of those whose calls are to go, as JSON."),
  content_only: z.enum(["true", "false"]).optional().describe("true: the records stay, what was said goes."),
});

export const logsDeleted = named("LogsDeleted", z.strictObject({ success: z.literal(true), deleted: z.int() }), {
  success: true,
  deleted: 12,
});
