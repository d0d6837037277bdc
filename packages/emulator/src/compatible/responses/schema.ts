/** The body of OpenAI's Responses as bedrock-mantle takes it. Unknown members pass: none is known to be refused. */
import { any, boolean, choice, either, integer, listOf, number, open, string } from "../../invoke/schema.ts";

/** An item; one without a type is a message (recorded). Which members it has follows from its type. */
const item = open({
  id: string,
  type: string,
  role: choice("system", "developer", "user", "assistant"),
  content: either(string, listOf(open({ type: string, text: string }, ["type"]))),
  call_id: string,
  name: string,
  arguments: string,
  output: either(string, listOf(open())),
});

export const responsesSchema = open(
  {
    model: string,
    input: either(string, listOf(item)),
    instructions: string,
    max_output_tokens: integer(1),
    temperature: number(0, 2),
    top_p: number(0, 1),
    stream: boolean,
    store: boolean,
    tools: listOf(open({ type: string, name: string, description: string, parameters: open() }, ["type"])),
    tool_choice: either(string, open()),
    parallel_tool_calls: boolean,
    reasoning: open({ effort: string }),
    text: open({ format: any, verbosity: string }),
    metadata: open(),
    truncation: string,
    include: listOf(string),
    previous_response_id: string,
  },
  ["model", "input"],
);
