/** What is asked of every column alike, as its fields hold it, and the body and headers that it makes. */
import { ApiError } from "../../api/api-error.ts";
import { fitsHeader } from "../../api/header-text.ts";
import { jsonOf } from "../../controls/forms/form-text.ts";
import type { ChatBody, ChatTurn, Part } from "./chat-call.ts";

export interface Settings {
  system: string;
  credential: string;
  config: string;
  maxTokens: string;
  temperature: string;
  topP: string;
  topK: string;
  stop: string;
  effort: string;
  /** How the model thinks: nothing said, `adaptive`, `enabled` with a budget, `disabled`. */
  thinking: string;
  thinkingBudget: string;
  tier: string;
  latency: string;
  guardrail: string;
  guardrailVersion: string;
  guardrailTrace: string;
  guardrailStream: string;
  region: string;
  route: string;
  tools: string;
  toolChoice: string;
  format: string;
  /** JSON schema, where the format is one. */
  schema: string;
  /** Where AWS is told to keep what it read: behind the system text, behind the question. */
  cachesSystem: boolean;
  cachesTurns: boolean;
  cacheTtl: string;
  /** JSON: fields of the model's own, which Converse hands through. */
  modelFields: string;
  /** JSON pointers into the model's own answer, one a line. */
  responsePaths: string;
  /** JSON: any other field of the body. */
  others: string;
}

export const noSettings: Settings = {
  system: "",
  credential: "",
  config: "",
  maxTokens: "",
  temperature: "",
  topP: "",
  topK: "",
  stop: "",
  effort: "",
  thinking: "",
  thinkingBudget: "",
  tier: "",
  latency: "",
  guardrail: "",
  guardrailVersion: "",
  guardrailTrace: "",
  guardrailStream: "",
  region: "",
  route: "",
  tools: "",
  toolChoice: "",
  format: "",
  schema: "",
  cachesSystem: false,
  cachesTurns: false,
  cacheTtl: "",
  modelFields: "",
  responsePaths: "",
  others: "",
};

/** A request as any client may send it. */
export interface ChatCall {
  body: ChatBody;
  headers: Record<string, string>;
}

/** @throws ApiError that names the field that is no JSON, or that no header carries. */
export function callFor(model: string, turns: readonly ChatTurn[], settings: Settings): ChatCall {
  const { credential, config, others } = settings;
  const region = regionIn(settings);
  return {
    body: {
      model,
      messages: messagesFor(turns, settings),
      ...sampling(settings),
      ...thinking(settings),
      ...toolsAndFormat(settings),
      ...ofBedrock(settings),
      ...(jsonIn(others, "Other fields") as object | undefined),
    },
    headers: {
      ...(credential !== "" && { "x-adit-virtual-key": credential }),
      ...(config !== "" && { "x-adit-config": config }),
      ...(region !== "" && { "x-adit-aws-region": region }),
      // What AWS says beside OpenAI's fields is in no strict answer.
      ...(wantsMore(settings) && { "x-adit-strict-openai-compliance": "false" }),
    },
  };
}

function regionIn({ region }: Settings): string {
  if (fitsHeader(region.trim())) return region.trim();
  throw new ApiError("Region: it has letters that no header carries.", { status: 0, code: "invalid_header" });
}

const wantsMore = ({ responsePaths, guardrailTrace }: Settings) =>
  linesOf(responsePaths).length > 0 || (guardrailTrace !== "" && guardrailTrace !== "disabled");

function messagesFor(turns: readonly ChatTurn[], settings: Settings): ChatTurn[] {
  const { system, cachesSystem, cachesTurns } = settings;
  const mark = { cache_control: { type: "ephemeral", ...(settings.cacheTtl !== "" && { ttl: settings.cacheTtl }) } };
  const marked = (content: string | Part[]): Part[] => {
    const parts: Part[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
    return parts.map((part, index) => (index === parts.length - 1 ? { ...part, ...mark } : part));
  };
  const last = turns.findLastIndex(({ role }) => role === "user");
  return [
    ...(system.trim() === "" ? [] : [{ role: "system" as const, content: cachesSystem ? marked(system) : system }]),
    ...turns.map((turn, index) =>
      cachesTurns && index === last && turn.role === "user" ? { ...turn, content: marked(turn.content) } : turn,
    ),
  ];
}

function sampling({ maxTokens, temperature, topP, topK, stop }: Settings): object {
  const stops = linesOf(stop);
  return {
    ...numberAs("max_tokens", maxTokens),
    ...numberAs("temperature", temperature),
    ...numberAs("top_p", topP),
    ...numberAs("top_k", topK),
    ...(stops.length > 0 && { stop: stops }),
  };
}

function thinking({ effort, thinking: kind, thinkingBudget }: Settings): object {
  return {
    ...(effort !== "" && { reasoning_effort: effort }),
    ...(kind !== "" && {
      thinking: { type: kind, ...(kind === "enabled" && numberAs("budget_tokens", thinkingBudget || "1024")) },
    }),
  };
}

function toolsAndFormat({ tools, toolChoice, format, schema }: Settings): object {
  const given = jsonIn(tools, "Tools") as unknown[] | undefined;
  const isSchema = format === "json_schema";
  return {
    ...(given !== undefined && { tools: given }),
    ...(toolChoice !== "" && { tool_choice: toolChoice }),
    ...(format !== "" && {
      response_format: {
        type: format,
        ...(isSchema && { json_schema: { name: "answer", schema: jsonIn(schema, "Schema of the answer") ?? {} } }),
      },
    }),
  };
}

function ofBedrock(settings: Settings): object {
  const { tier, latency, guardrail, guardrailVersion, guardrailTrace, guardrailStream } = settings;
  const { route, modelFields, responsePaths } = settings;
  const fields = jsonIn(modelFields, "Fields of the model's own");
  const paths = linesOf(responsePaths);
  return {
    ...(tier !== "" && { service_tier: tier }),
    ...(latency !== "" && { performanceConfig: { latency } }),
    ...(guardrail !== "" && {
      guardrailConfig: {
        guardrailIdentifier: guardrail,
        guardrailVersion: guardrailVersion || "DRAFT",
        ...(guardrailTrace !== "" && { trace: guardrailTrace }),
        ...(guardrailStream !== "" && { streamProcessingMode: guardrailStream }),
      },
    }),
    ...(route === "invoke" && { use_converse: false }),
    ...(fields !== undefined && { additionalModelRequestFields: fields }),
    ...(paths.length > 0 && { additionalModelResponseFieldPaths: paths }),
  };
}

const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

function numberAs(name: string, text: string): Record<string, number> {
  return text.trim() === "" ? {} : { [name]: Number(text) };
}

function jsonIn(text: string, field: string): unknown {
  return text.trim() === "" ? undefined : jsonOf(text, field);
}
