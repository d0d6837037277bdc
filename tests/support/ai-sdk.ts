/** What tests of the AI SDK's providers share. */
import { jsonSchema, tool } from "ai";

export const weatherTool = tool({
  description: "The weather of a city.",
  inputSchema: jsonSchema<{ city: string }>({
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  }),
  execute: () => "18 degrees",
});
