/** What a project keeps of its calls. */
import { z } from "zod";
import { named } from "./schema.ts";

const settingsFields = {
  content: z
    .enum(["all", "sampled", "errors", "sealed", "none"])
    .describe(
      "Whose requests and answers are kept. Default sealed: of none; items of `/v1/responses` alone, and so that only who has their ids can have them read. `none` keeps no such items either.",
    ),
  sample_percent: z.int().min(1).max(100).describe("Of `sampled`."),
  content_days: z.int().min(1).max(3_650),
  record_days: z.int().min(1).max(3_650).nullable().describe("Null: for ever."),
  most_content_bytes: z.int().min(1_000_000).nullable().describe("Compressed; the oldest goes first. Null: no bound."),
  drain_streams: z
    .boolean()
    .describe("True: a stream that its caller leaves is read to its end, for its true cost. AWS bills that end too."),
};

export const logSettings = named("LogSettings", z.strictObject(settingsFields), {
  content: "errors",
  sample_percent: 10,
  content_days: 30,
  record_days: null,
  most_content_bytes: 10_000_000_000,
  drain_streams: false,
});

export const logSettingsUpdate = named("LogSettingsUpdate", z.strictObject(settingsFields).partial(), {
  content: "all",
  content_days: 7,
});
