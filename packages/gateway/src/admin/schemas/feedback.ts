/** Feedback, in Portkey's shapes. */
import type { JsonObject } from "@adit/bedrock";
import { z } from "zod";
import { named, oneOrSeveral, ownObject } from "./schema.ts";

const value = z.int().min(-10).max(10);
const weight = z.number().min(0).max(1);
const longestName = 512;
/** As much as somebody writes beside a thumb: more is content, and that has a place of its own. */
const mostMetadata = 65_536;
const metadata = ownObject.superRefine((given: JsonObject, context) => {
  if (Object.keys(given).some((name) => name.length > longestName)) {
    context.addIssue({ code: "custom", message: `must have names of at most ${longestName} characters` });
  }
  if (JSON.stringify(given).length > mostMetadata) {
    context.addIssue({ code: "custom", message: `must have at most ${mostMetadata} characters as JSON` });
  }
});
const traceId = z.string().min(1).max(512);

/** Portkey's SDK writes the trace's name in its own way. */
const one = z
  .looseObject({
    trace_id: traceId.optional(),
    traceID: traceId.optional(),
    traceId: traceId.optional(),
    value,
    weight: weight.default(1),
    metadata: metadata.default({}),
  })
  .transform(({ trace_id, traceID, traceId: camel, ...rest }, context) => {
    const named = trace_id ?? traceID ?? camel;
    if (named !== undefined) return { traceId: named, value: rest.value, weight: rest.weight, metadata: rest.metadata };
    context.addIssue({ code: "custom", path: ["trace_id"], message: "must name the trace that the feedback is about" });
    return z.NEVER;
  });

/** One, a list, or an object with numbers for names. */
export const feedbackCreate = named("FeedbackCreate", oneOrSeveral(one, 1_000), {
  trace_id: "01890a5d-ac96-774b-bcce-b302099a8057",
  value: 5,
  weight: 1,
  metadata: { by: "ada" },
});

/** What the body does not name stays as it is. */
export const feedbackUpdate = named(
  "FeedbackUpdate",
  z.looseObject({ value: value.optional(), weight: weight.optional(), metadata: metadata.optional() }),
  { value: -2 },
);

export const feedbackSaved = named(
  "FeedbackSaved",
  z.strictObject({
    status: z.literal("success"),
    success: z.literal(true),
    message: z.string(),
    feedback_ids: z.array(z.string()),
  }),
  {
    status: "success",
    success: true,
    message: "Feedback successfully saved",
    feedback_ids: ["fb_01890a5d-ac96-774b-bcce-b302099a8057"],
  },
);
