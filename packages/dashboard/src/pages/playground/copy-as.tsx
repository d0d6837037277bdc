/** The request of the first column, for other clients. */
import { CodeBlock } from "../../controls/copy.tsx";
import { Dialog } from "../../controls/dialog.tsx";
import { Tabs } from "../../controls/tabs.tsx";
import { keyPlaceholder } from "../keys/snippets.ts";
import type { ChatBody, ChatTurn } from "./chat-call.ts";

export function CopyAsDialog({
  body,
  isOpen,
  onClose,
}: {
  body: ChatBody | undefined;
  isOpen: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog
      title="Copy as"
      description="The request of the first column. Put your key in."
      isOpen={isOpen}
      onClose={onClose}
    >
      {body !== undefined && (
        <Tabs
          label="Forms"
          tabs={formsOf(body).map(({ label, code }) => ({
            id: label,
            label,
            content: <CodeBlock code={code} label={`the request for ${label}`} />,
          }))}
        />
      )}
    </Dialog>
  );
}

function formsOf(body: ChatBody): { label: string; code: string }[] {
  const { origin } = location;
  const text = JSON.stringify(body, undefined, 2);
  return [
    {
      label: "curl",
      code: `curl -sS ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer ${keyPlaceholder}" \\
  -H "Content-Type: application/json" \\
  -d '${text.replaceAll("'", String.raw`'\''`)}'`,
    },
    {
      label: "OpenAI",
      code: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${keyPlaceholder}" });
const answer = await client.chat.completions.create(${text});
console.log(answer.choices[0].message.content);`,
    },
    {
      label: "Anthropic",
      code: `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: "${origin}", authToken: "${keyPlaceholder}" });
const message = await client.messages.create(${JSON.stringify(anthropicBody(body), undefined, 2)});
console.log(message.content);`,
    },
    {
      label: "boto3",
      code: `import boto3, json, os

os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "${keyPlaceholder}"
client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url="${origin}")
reply = client.converse(**json.loads(r'''${JSON.stringify(converseBody(body), undefined, 2).replaceAll("'''", String.raw`\u0027\u0027\u0027`)}'''))
print(reply["output"]["message"]["content"])`,
    },
  ];
}

function textOf({ content }: ChatTurn): string {
  return typeof content === "string" ? content : content.map(({ text }) => text ?? "").join("\n");
}

/** Texts and the usual parameters: what the two formats share by another name. */
function partsOf(body: ChatBody) {
  const { max_tokens, temperature, top_p } = body;
  const system = body.messages.filter(({ role }) => role === "system").map(textOf);
  const turns = body.messages.filter(({ role }) => role !== "system");
  return { max_tokens, temperature, top_p, system, turns };
}

function anthropicBody(body: ChatBody): object {
  const { max_tokens, temperature, top_p, system, turns } = partsOf(body);
  return {
    model: body.model,
    max_tokens: max_tokens ?? 1_024,
    ...(system.length > 0 && { system: system.join("\n") }),
    messages: turns.map((turn) => ({ role: turn.role, content: textOf(turn) })),
    ...(temperature !== undefined && { temperature }),
    ...(top_p !== undefined && { top_p }),
  };
}

function converseBody(body: ChatBody): object {
  const { max_tokens: maxTokens, temperature, top_p: topP, system, turns } = partsOf(body);
  const inferenceConfig = Object.fromEntries(
    Object.entries({ maxTokens, temperature, topP }).filter(([, value]) => value !== undefined),
  );
  return {
    modelId: body.model,
    ...(system.length > 0 && { system: system.map((text) => ({ text })) }),
    messages: turns.map((turn) => ({ role: turn.role, content: [{ text: textOf(turn) }] })),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
  };
}
