/** Stored responses, in OpenAI's shapes. */
import { z } from "zod";
import { named, workspaceQuery } from "./schema.ts";

/** Lists stand in a query as `include[]`, which is how OpenAI's SDKs write them. */
const include = z
  .string()
  .optional()
  .describe("Further fields. A stored response has all that it was answered with: what it has not is named.");

export const responseQuery = z.strictObject({
  ...workspaceQuery,
  include,
  "include[]": include,
  stream: z.enum(["true", "false"]).optional().describe("A stored response is given whole: `true` is refused."),
});

export const inputItemsQuery = z.strictObject({
  ...workspaceQuery,
  include,
  "include[]": include,
  limit: z.coerce.number().int().min(1).max(100).optional().describe("Items of a page; default 20."),
  order: z.enum(["asc", "desc"]).optional().describe("By their place in the conversation; default desc."),
  after: z.string().optional().describe("`last_id` of the page before."),
});

const exampleId = "resp_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e";

export const storedResponse = named(
  "StoredResponse",
  z
    .looseObject({
      id: z.string(),
      object: z.literal("response"),
      created_at: z.number(),
      status: z.string(),
      model: z.string(),
      output: z.array(z.looseObject({ type: z.string() })),
      previous_response_id: z.string().nullable(),
      store: z.literal(true),
    })
    .describe("OpenAI's response, as it was answered."),
  {
    id: exampleId,
    object: "response",
    created_at: 1_795_595_400,
    status: "completed",
    model: "us.amazon.nova-lite-v1:0",
    output: [
      {
        id: "msg_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e_0",
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: "Good morning!", annotations: [] }],
      },
    ],
    previous_response_id: null,
    store: true,
  },
);

export const responseDeleted = named(
  "ResponseDeleted",
  z.strictObject({ id: z.string(), object: z.literal("response"), deleted: z.literal(true) }),
  { id: exampleId, object: "response", deleted: true },
);

const itemId = "msg_5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e_in_0";

export const inputItemList = named(
  "InputItemList",
  z.strictObject({
    object: z.literal("list"),
    data: z.array(z.unknown()).describe("OpenAI's items: messages, calls and their outputs, reasoning."),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  }),
  {
    object: "list",
    data: [
      {
        id: itemId,
        type: "message",
        role: "user",
        status: "completed",
        content: [{ type: "input_text", text: "Good morning" }],
      },
    ],
    first_id: itemId,
    last_id: itemId,
    has_more: false,
  },
);
