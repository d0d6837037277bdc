/** The same five wishes in every dialect. */

export const features = ["text", "system", "tools", "image", "reasoning"] as const;
export type Feature = (typeof features)[number];

/** Words that nobody else says: they are looked for in the answer, or in what went upstream. */
export const callersWords = "Which bird sings at dusk?";
export const systemWords = "Answer like a lighthouse keeper.";
/** A PNG of one pixel. */
export const imageBytes =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
export const toolName = "get_weather";

const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const description = "The weather of a city";
const maxTokens = 2_000;

/** A dialect's way to ask, at its path. */
export interface Dialect {
  name: string;
  path(model: string, stream: boolean): string;
  body(model: string, feature: Feature, stream: boolean): object;
}

function chatBody(model: string, feature: Feature, stream: boolean): Record<string, unknown> {
  const image = { type: "image_url", image_url: { url: `data:image/png;base64,${imageBytes}` } };
  const content = feature === "image" ? [{ type: "text", text: callersWords }, image] : callersWords;
  return {
    model,
    max_tokens: maxTokens,
    stream,
    messages: [...(feature === "system" ? [{ role: "system", content: systemWords }] : []), { role: "user", content }],
    ...(feature === "tools" && {
      tools: [{ type: "function", function: { name: toolName, description, parameters: schema } }],
    }),
    ...(feature === "reasoning" && { reasoning_effort: "low" }),
  };
}

export const dialects: readonly Dialect[] = [
  { name: "chat completions", path: () => "/v1/chat/completions", body: chatBody },
  {
    name: "chat completions by InvokeModel",
    path: () => "/v1/chat/completions",
    body: (model, feature, stream) => ({ ...chatBody(model, feature, stream), use_converse: false }),
  },
  {
    name: "responses",
    path: () => "/v1/responses",
    body: (model, feature, stream) => ({
      model,
      max_output_tokens: maxTokens,
      stream,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: callersWords },
            ...(feature === "image"
              ? [{ type: "input_image", detail: "auto", image_url: `data:image/png;base64,${imageBytes}` }]
              : []),
          ],
        },
      ],
      ...(feature === "system" && { instructions: systemWords }),
      ...(feature === "tools" && {
        tools: [{ type: "function", name: toolName, description, parameters: schema, strict: false }],
      }),
      ...(feature === "reasoning" && { reasoning: { effort: "low", summary: "auto" } }),
    }),
  },
  {
    name: "messages",
    path: () => "/v1/messages",
    body: (model, feature, stream) => ({
      model,
      max_tokens: maxTokens,
      stream,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: callersWords },
            ...(feature === "image"
              ? [{ type: "image", source: { type: "base64", media_type: "image/png", data: imageBytes } }]
              : []),
          ],
        },
      ],
      ...(feature === "system" && { system: systemWords }),
      ...(feature === "tools" && { tools: [{ name: toolName, description, input_schema: schema }] }),
      ...(feature === "reasoning" && { thinking: { type: "enabled", budget_tokens: 1_024 } }),
    }),
  },
  {
    name: "completions",
    path: () => "/v1/completions",
    body: (model, _feature, stream) => ({ model, max_tokens: maxTokens, stream, prompt: callersWords }),
  },
  {
    name: "Converse",
    path: (model, stream) => `/model/${encodeURIComponent(model)}/converse${stream ? "-stream" : ""}`,
    body: (_model, feature) => ({
      inferenceConfig: { maxTokens },
      messages: [
        {
          role: "user",
          content: [
            { text: callersWords },
            ...(feature === "image" ? [{ image: { format: "png", source: { bytes: imageBytes } } }] : []),
          ],
        },
      ],
      ...(feature === "system" && { system: [{ text: systemWords }] }),
      ...(feature === "tools" && {
        toolConfig: { tools: [{ toolSpec: { name: toolName, description, inputSchema: { json: schema } } }] },
      }),
      ...(feature === "reasoning" && {
        additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1_024 } },
      }),
    }),
  },
];

/** Completions have one prompt and nothing beside it; Converse's own fields for reasoning are each model's own. */
export function canAsk(dialect: Dialect, feature: Feature): boolean {
  if (dialect.name === "completions") return feature === "text";
  return dialect.name !== "Converse" || feature !== "reasoning";
}
