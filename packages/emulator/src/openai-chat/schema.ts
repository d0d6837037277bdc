/** The body of OpenAI's chat completions, as AWS's models and endpoints take it. Unknown members pass: none is known to be refused. */
import { any, boolean, choice, either, integer, listOf, number, open, string, tagged } from "../invoke/schema.ts";

const text = open({ text: string }, ["text"]);
const part = tagged({
  file: open({ file: open() }, ["file"]),
  image_url: open({ image_url: either(string, open({ url: string }, ["url"])) }, ["image_url"]),
  input_audio: open({ input_audio: open({ data: string, format: string }, ["data", "format"]) }, ["input_audio"]),
  refusal: open({ refusal: string }),
  text,
});

const toolCall = open({ id: string, type: string, function: open({ name: string, arguments: string }, ["name"]) }, [
  "function",
]);

const message = open(
  {
    role: choice("system", "developer", "user", "assistant", "tool"),
    content: either(string, listOf(part)),
    tool_calls: listOf(toolCall),
    tool_call_id: string,
  },
  ["role"],
);

const tool = tagged({
  function: open({ function: open({ name: string, description: string, parameters: open() }, ["name"]) }, ["function"]),
});

export const chatSchema = open(
  {
    messages: listOf(message, { min: 1 }),
    max_tokens: integer(1),
    max_completion_tokens: integer(1),
    temperature: number(0, 2),
    top_p: number(0, 1),
    stop: either(string, listOf(string)),
    stream: boolean,
    tools: listOf(tool),
    tool_choice: either(string, open()),
    response_format: any,
    parallel_tool_calls: boolean,
    reasoning_effort: string,
  },
  ["messages"],
);
