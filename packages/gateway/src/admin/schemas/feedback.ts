/** Feedback, in Portkey's shapes. */
import { z } from "zod";
import { named } from "./schema.ts";

const value = z.int().min(-10).max(10);
const weight = z.number().min(0).max(1).default(1);
const metadata = z.record(z.string().max(512), z.unknown()).default({});
const traceId = z.string().min(1).max(512);

/** Portkey's SDK writes the trace's name in its own way. */
const one = z
  .looseObject({
    trace_id: traceId.optional(),
    traceID: traceId.optional(),
    traceId: traceId.optional(),
    value,
    weight,
    metadata,
  })
  .transform(({ trace_id, traceID, traceId: camel, ...rest }, context) => {
    const named = trace_id ?? traceID ?? camel;
    if (named !== undefined) return { traceId: named, value: rest.value, weight: rest.weight, metadata: rest.metadata };
    context.addIssue({ code: "custom", path: ["trace_id"], message: "must name the trace that the feedback is about" });
    return z.NEVER;
  });

/** One, a list, or an object with numbers for names, which Portkey's SDK makes of a list. */
export const feedbackCreate = named(
  "FeedbackCreate",
  z.union([z.array(one).min(1).max(1_000), z.record(z.string().regex(/^\d{1,4}$/), one), one]),
  { trace_id: "01890a5d-ac96-774b-bcce-b302099a8057", value: 5, weight: 1, metadata: { by: "ada" } },
);

export type FeedbackGiven = z.output<typeof one>;

export const feedbackUpdate = named("FeedbackUpdate", z.looseObject({ value, weight, metadata }), { value: -2 });

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
