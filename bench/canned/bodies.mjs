/** Requests of the sizes that callers send, in OpenAI's format. Deterministic: the same bytes in every run. */

const sentences = [
  'The function reads the file "config.json" and returns its parsed form.',
  "It fails when the path is relative;\n\tcallers resolve it first.",
  "const total = rows.reduce((sum, row) => sum + row.amount, 0);\n",
  "if (!response.ok) {\n  throw new Error(`status ${response.status}`);\n}\n",
  "Tests cover the empty list, one entry, and many; see the table below.\n\n",
];

function prose(bytes, seed = 0) {
  let text = "";
  for (let index = seed; text.length < bytes; index += 1) text += `${sentences[index % sentences.length]} `;
  return text.slice(0, bytes);
}

function tool(name, description, properties) {
  const fields = Object.fromEntries(properties.map((key) => [key, { type: "string", description: `The ${key}.` }]));
  const parameters = { type: "object", properties: fields, required: properties.slice(0, 1) };
  return { type: "function", function: { name, description, parameters } };
}

const tools = [
  tool("read_file", "Reads a text file of the project and returns numbered lines.", ["path", "offset", "limit"]),
  tool("write_file", "Writes a whole file, making folders that are missing.", ["path", "content"]),
  tool("edit_file", "Replaces one exact piece of text by another.", ["path", "old_text", "new_text"]),
  tool("list_folder", "Lists the entries of a folder, folders first.", ["path"]),
  tool("search_text", "Searches all files for a regular expression.", ["pattern", "folder", "extension"]),
  tool("run_command", "Runs a command in the shell and returns what it printed.", ["command", "folder", "timeout"]),
  tool("fetch_page", "Fetches a page of the documentation as Markdown.", ["address"]),
  tool("take_note", "Keeps a note for later turns of this conversation.", ["title", "text"]),
];

/** A user's question, a tool call, its result, the assistant's words: four messages a turn. */
function toolTurn(index, { promptBytes, resultBytes }) {
  const id = `tooluse_${String(index).padStart(6, "0")}AbCdEf`;
  const call = {
    id,
    type: "function",
    function: {
      name: tools[index % tools.length].function.name,
      arguments: JSON.stringify({ path: `src/part-${index}.ts`, offset: "1", limit: "200" }),
    },
  };
  return [
    { role: "user", content: prose(promptBytes, index) },
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "tool", tool_call_id: id, content: prose(resultBytes, index + 2) },
    { role: "assistant", content: prose(promptBytes, index + 1) },
  ];
}

function agentMessages(turns, sizes) {
  return [
    { role: "system", content: prose(600, 3) },
    ...Array.from({ length: turns }, (_, index) => toolTurn(index, sizes)).flat(),
    { role: "user", content: prose(120, 4) },
  ];
}

const conversations = {
  /** About 200 bytes in all. */
  short: () => ({ messages: [{ role: "user", content: prose(90) }] }),
  /** One message of 4 KB. */
  "4kb": () => ({ messages: [{ role: "user", content: prose(4000) }] }),
  /** Ten messages of user, assistant and tools, and eight tools offered: about 9 KB. */
  tools: () => ({ messages: agentMessages(2, { promptBytes: 300, resultBytes: 1800 }), tools }),
  /** One message of 100 KB. */
  "100kb": () => ({ messages: [{ role: "user", content: prose(98_000) }] }),
  /** Forty turns with tool calls and their results: about 120 KB. */
  agent: () => ({ messages: agentMessages(40, { promptBytes: 250, resultBytes: 2000 }), tools }),
};

/** A request of Anthropic's Messages API; without `model` and `stream`, as InvokeModel takes it. */
export function messagesRequest({ body, model }) {
  const { messages } = conversations[body]();
  const request = { max_tokens: 512, messages };
  return model === undefined
    ? { anthropic_version: "bedrock-2023-05-31", ...request }
    : { model, stream: true, ...request };
}

export const bodyNames = Object.keys(conversations);

/** The request as an object; `body` is one of bodyNames. */
export function chatRequest({ body, model, stream }) {
  const request = { model, ...conversations[body](), max_tokens: 512, temperature: 0.2 };
  return stream ? { ...request, stream: true, stream_options: { include_usage: true } } : request;
}
