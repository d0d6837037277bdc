/** The body of Claude's Messages API as Bedrock takes it. Sources: recorded traffic, Anthropic's pages, refusals that users reported. */
import type { Traits } from "../../model-list/traits.ts";
import {
  any,
  boolean,
  choice,
  closed,
  either,
  integer,
  listOf,
  number,
  open,
  string,
  tagged,
  type Schema,
} from "../schema.ts";
import type { BetaFeature } from "./betas.ts";

const cacheControl = closed({ type: choice("ephemeral"), ttl: choice("5m", "1h") }, ["type"]);
const citations = closed({ enabled: boolean });
const type = string;

const text = closed({ type, text: string, citations: any, cache_control: cacheControl }, ["text"]);
const base64Source = (...mediaTypes: string[]) =>
  closed({ type, media_type: choice(...mediaTypes), data: string }, ["media_type", "data"]);
const imageSource = base64Source("image/jpeg", "image/png", "image/gif", "image/webp");
const urlSource = closed({ type, url: string }, ["url"]);

const image = closed({ type, source: tagged({ base64: imageSource, url: urlSource }), cache_control: cacheControl }, [
  "source",
]);

const document = closed(
  {
    type,
    source: tagged({
      base64: base64Source("application/pdf"),
      content: closed({ type, content: either(string, listOf(tagged({ image, text }))) }, ["content"]),
      text: closed({ type, media_type: choice("text/plain"), data: string }, ["media_type", "data"]),
      url: urlSource,
    }),
    title: string,
    context: string,
    citations,
    cache_control: cacheControl,
  },
  ["source"],
);

const searchResult = closed(
  {
    type,
    source: string,
    title: string,
    content: listOf(tagged({ text })),
    citations,
    cache_control: cacheControl,
  },
  ["source", "title", "content"],
);

const toolReference = closed({ type, tool_name: string, cache_control: cacheControl }, ["tool_name"]);

function toolResult(betas: ReadonlySet<BetaFeature>): Schema {
  const references = betas.has("toolSearch") && { tool_reference: toolReference };
  return closed(
    {
      type,
      tool_use_id: string,
      content: either(string, listOf(tagged({ document, image, search_result: searchResult, text, ...references }))),
      is_error: boolean,
      cache_control: cacheControl,
    },
    ["tool_use_id"],
  );
}

function contentBlock(betas: ReadonlySet<BetaFeature>): Schema {
  return tagged({
    document,
    image,
    redacted_thinking: closed({ type, data: string }, ["data"]),
    search_result: searchResult,
    text,
    thinking: closed({ type, thinking: string, signature: string }, ["thinking", "signature"]),
    tool_result: toolResult(betas),
    tool_use: closed({ type, id: string, name: string, input: open(), caller: any, cache_control: cacheControl }, [
      "id",
      "name",
      "input",
    ]),
  });
}

const role = choice("user", "assistant", "system");

/** The members that a tool of the caller's may have. */
function customTool(traits: Traits, betas: ReadonlySet<BetaFeature>): Schema {
  return closed(
    {
      type,
      name: string,
      description: string,
      input_schema: open({ type: choice("object") }, ["type"]),
      cache_control: cacheControl,
      ...((traits.strictTools || betas.has("structuredOutputs")) && { strict: boolean }),
      ...(betas.has("toolSearch") && { defer_loading: boolean }),
      ...(betas.has("toolExamples") && { input_examples: listOf(open()) }),
    },
    ["name", "input_schema"],
  );
}

/** Tools that Anthropic defines; recorded for Claude Sonnet 4 without betas: bash and three text editors. */
function toolSchema(traits: Traits, betas: ReadonlySet<BetaFeature>): Schema {
  const named = open({ name: string }, ["name"]);
  return tagged({
    bash_20250124: named,
    ...(betas.has("computerUse") && {
      computer_20241022: named,
      computer_20250124: named,
      computer_20251124: named,
      bash_20241022: named,
      text_editor_20241022: named,
    }),
    custom: customTool(traits, betas),
    ...(betas.has("contextManagement") && { memory_20250818: named }),
    text_editor_20250124: named,
    text_editor_20250429: named,
    text_editor_20250728: named,
    ...(betas.has("toolSearch") && { tool_search_tool_bm25_20251119: named, tool_search_tool_regex_20251119: named }),
  });
}

const toolChoice = tagged({
  any: closed({ type, disable_parallel_tool_use: boolean }),
  auto: closed({ type, disable_parallel_tool_use: boolean }),
  none: closed({ type }),
  tool: closed({ type, name: string, disable_parallel_tool_use: boolean }, ["name"]),
});

/** AWS's page on preserved thinking has its own name for what Anthropic calls `prefix_mismatch_behavior` (vercel/ai#20728). */
function thinkingSchema(betas: ReadonlySet<BetaFeature>): Schema {
  const shown = {
    display: choice("summarized", "omitted"),
    ...(betas.has("thinkingBinding") && { block_binding: closed({ mismatch_behavior: string }) }),
  };
  return tagged({
    adaptive: closed({ type, ...shown }),
    disabled: closed({ type }),
    enabled: closed({ type, budget_tokens: any, ...shown }),
  });
}

function outputConfig(traits: Traits): Schema {
  const format = tagged({ json_schema: closed({ type, schema: open(), name: string }, ["schema"]) });
  return closed({ effort: string, ...(traits.outputConfig && { format }) });
}

/** The body. A tool without a `type` is a custom one: `withToolTypes` names it before this schema looks. */
export function messagesSchema(traits: Traits, betas: ReadonlySet<BetaFeature>): Schema {
  const format = tagged({ json_schema: closed({ type, schema: open() }, ["schema"]) });
  return closed(
    {
      anthropic_version: string,
      anthropic_beta: listOf(string),
      max_tokens: integer(1),
      messages: listOf(closed({ role, content: either(string, listOf(contentBlock(betas))) }, ["role", "content"])),
      system: either(string, listOf(tagged({ text }))),
      temperature: number(0, 1),
      top_p: number(0, 1),
      top_k: integer(0),
      stop_sequences: listOf(string),
      tools: listOf(toolSchema(traits, betas)),
      tool_choice: toolChoice,
      thinking: thinkingSchema(betas),
      metadata: closed({ user_id: string }),
      output_config: outputConfig(traits),
      ...(betas.has("structuredOutputs") && { output_format: format }),
      ...(betas.has("contextManagement") && { context_management: open() }),
    },
    ["anthropic_version", "max_tokens", "messages"],
  );
}
