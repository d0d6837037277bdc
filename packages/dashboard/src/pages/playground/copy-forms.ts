/** One request, written for several clients. Each runs as it stands, once a key is in it. */
import { isSpeltNumber } from "../../controls/forms/exact-json.ts";
import { anthropicForm } from "./copy-anthropic.ts";
import { converseForm } from "./copy-converse.ts";
import type { ChatCall } from "./settings.ts";

export interface Form {
  id: string;
  label: string;
  code: string;
}

interface Place {
  origin: string;
  key: string;
}

export function formsOf(call: ChatCall, place: Place): Form[] {
  return [
    { id: "curl", label: "curl", code: curl(call, place) },
    { id: "openai", label: "OpenAI", code: openai(call, place) },
    { id: "anthropic", label: "Anthropic", code: anthropic(call, place) },
    { id: "aws", label: "AWS SDK", code: awsSdk(call, place) },
    { id: "boto3", label: "boto3", code: boto3(call, place) },
  ];
}

const indented = (value: unknown) => JSON.stringify(value, undefined, 2);
const inShell = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const isEmpty = (value: object) => Object.keys(value).length === 0;

function note(mark: string, leftOut: readonly string[]): string {
  return leftOut.length === 0 ? "" : `${mark} Left out, for it has no place here: ${leftOut.join(", ")}\n`;
}

function curl({ body, headers }: ChatCall, { origin, key }: Place): string {
  const all = { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `  -H ${inShell(`${name}: ${value}`)} \\\n`);
  return `curl -sS ${origin}/v1/chat/completions \\\n${lines.join("")}  -d ${inShell(indented(body))}`;
}

function openai({ body, headers }: ChatCall, { origin, key }: Place): string {
  return `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${origin}/v1",
  apiKey: "${key}",${isEmpty(headers) ? "" : `\n  defaultHeaders: ${JSON.stringify(headers)},`}
});
const answer = await client.chat.completions.create(${indented(body)});
console.log(answer.choices[0].message);`;
}

function anthropic({ body, headers }: ChatCall, { origin, key }: Place): string {
  const { request, leftOut } = anthropicForm(body);
  return `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  baseURL: "${origin}",
  authToken: "${key}",${isEmpty(headers) ? "" : `\n  defaultHeaders: ${JSON.stringify(headers)},`}
});
${note("//", leftOut)}const message = await client.messages.create(${indented(request)});
console.log(message.content);`;
}

function awsSdk({ body, headers }: ChatCall, { origin, key }: Place): string {
  const { request, leftOut } = converseForm(body);
  const written = indented(request).replaceAll(/("source": \{\s*"bytes": )("[^"]*")/g, '$1Buffer.from($2, "base64")');
  const middleware = `client.middlewareStack.add(
  (next) => (args) => {
    Object.assign(args.request.headers, ${JSON.stringify(headers)});
    return next(args);
  },
  { step: "build" },
);
`;
  return `import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";

const client = new BedrockRuntimeClient({
  region: "us-east-1",
  endpoint: "${origin}",
  token: { token: "${key}" },
  authSchemePreference: ["httpBearerAuth"],
});
${isEmpty(headers) ? "" : middleware}${note("//", leftOut)}const reply = await client.send(new ConverseCommand(${written}));
console.log(reply.output.message.content);`;
}

function boto3({ body, headers }: ChatCall, { origin, key }: Place): string {
  const { request, leftOut } = converseForm(body);
  const literal = pythonLiteral(request);
  const hook = `client.meta.events.register(
    "before-send.bedrock-runtime.Converse",
    lambda request, **_: request.headers.update(${pythonLiteral(headers)}),
)
`;
  return `import os
${literal.includes("b64decode(") ? "from base64 import b64decode\n" : ""}
import boto3

os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "${key}"
client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url="${origin}")
${isEmpty(headers) ? "" : hook}${note("#", leftOut)}reply = client.converse(**${literal})
print(reply["output"]["message"]["content"])`;
}

/** JSON's texts are Python's too: their escapes mean the same. The bytes of a `source` are base64 here. */
function pythonLiteral(value: unknown, indent = "", place = ""): string {
  const inner = `${indent}    `;
  if (Array.isArray(value)) return `[${value.map((entry) => pythonLiteral(entry, indent)).join(", ")}]`;
  if (typeof value === "object" && value !== null && !isSpeltNumber(value)) {
    const members = Object.entries(value).map(
      ([name, member]) => `${inner}${JSON.stringify(name)}: ${pythonLiteral(member, inner, `${place}.${name}`)},\n`,
    );
    return members.length === 0 ? "{}" : `{\n${members.join("")}${indent}}`;
  }
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  const text = JSON.stringify(value);
  return typeof value === "string" && place.endsWith(".source.bytes") ? `b64decode(${text})` : text;
}
