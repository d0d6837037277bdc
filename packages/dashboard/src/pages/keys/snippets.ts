/** How each client is pointed at the gateway: nothing but an address and a key changes. */
export interface Snippet {
  id: string;
  label: string;
  code: string;
}

interface Place {
  /** Of the gateway, such as `http://127.0.0.1:8787`. */
  origin: string;
  /** The key, or a word that stands for it. */
  key: string;
  model: string;
}

export const exampleModel = "us.amazon.nova-lite-v1:0";
const exampleClaude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
export const keyPlaceholder = "adit_sk_...";

export function snippetsFor(place: Place): Snippet[] {
  return [...chatSnippets(place), ...otherSnippets(place)];
}

function chatSnippets({ origin, key, model }: Place): Snippet[] {
  return [
    {
      id: "curl",
      label: "curl",
      code: `curl -sS ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Good morning"}]}'`,
    },
    {
      id: "openai-python",
      label: "OpenAI, Python",
      code: `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${key}")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Good morning"}],
)
print(answer.choices[0].message.content)`,
    },
    {
      id: "openai-node",
      label: "OpenAI, Node",
      code: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${key}" });
const answer = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Good morning" }],
});
console.log(answer.choices[0].message.content);`,
    },
    {
      id: "anthropic",
      label: "Anthropic, Python",
      code: `from anthropic import Anthropic

client = Anthropic(base_url="${origin}", auth_token="${key}")
message = client.messages.create(
    model="${model}",
    max_tokens=500,
    messages=[{"role": "user", "content": "Good morning"}],
)
print(message.content[0].text)`,
    },
  ];
}

function otherSnippets({ origin, key, model }: Place): Snippet[] {
  return [
    {
      id: "claude-code",
      label: "Claude Code",
      code: `export ANTHROPIC_BASE_URL=${origin}
export ANTHROPIC_AUTH_TOKEN=${key}
export ANTHROPIC_MODEL=${exampleClaude}
claude`,
    },
    {
      id: "boto3",
      label: "AWS, boto3",
      code: `import os

import boto3

os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "${key}"
client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url="${origin}")
reply = client.converse(
    modelId="${model}",
    messages=[{"role": "user", "content": [{"text": "Good morning"}]}],
)
print(reply["output"]["message"]["content"][0]["text"])`,
    },
    {
      id: "portkey",
      label: "Portkey",
      code: `import { Portkey } from "portkey-ai";

const client = new Portkey({ baseURL: "${origin}/v1", apiKey: "${key}" });
const answer = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Good morning" }],
});
console.log(answer.choices[0].message.content);`,
    },
    {
      id: "langchain",
      label: "LangChain",
      code: `from langchain_openai import ChatOpenAI

model = ChatOpenAI(base_url="${origin}/v1", api_key="${key}", model="${model}")
print(model.invoke("Good morning").content)`,
    },
  ];
}
