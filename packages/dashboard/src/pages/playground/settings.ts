/** What is asked of every column alike, as its fields hold it, and the body that it makes. */
import type { ChatBody, ChatTurn } from "./chat-call.ts";

export interface Settings {
  system: string;
  credential: string;
  maxTokens: string;
  temperature: string;
  topP: string;
  stop: string;
  effort: string;
  tier: string;
  guardrail: string;
  guardrailVersion: string;
  route: string;
  tools: string;
  /** JSON: any other field of the body. */
  others: string;
}

export const noSettings: Settings = {
  system: "",
  credential: "",
  maxTokens: "",
  temperature: "",
  topP: "",
  stop: "",
  effort: "",
  tier: "",
  guardrail: "",
  guardrailVersion: "",
  route: "",
  tools: "",
  others: "",
};

/** @throws Error that names the field that is no JSON. */
export function bodyFor(model: string, turns: readonly ChatTurn[], settings: Settings): ChatBody {
  const {
    system,
    maxTokens,
    temperature,
    topP,
    stop,
    effort,
    tier,
    guardrail,
    guardrailVersion,
    route,
    tools,
    others,
  } = settings;
  const stops = stop.split("\n").filter((line) => line !== "");
  return {
    model,
    messages: [...(system.trim() === "" ? [] : [{ role: "system" as const, content: system }]), ...turns],
    ...numberAs("max_tokens", maxTokens),
    ...numberAs("temperature", temperature),
    ...numberAs("top_p", topP),
    ...(stops.length > 0 && { stop: stops }),
    ...(effort !== "" && { reasoning_effort: effort }),
    ...(tier !== "" && { service_tier: tier }),
    ...(guardrail !== "" && {
      guardrailConfig: { guardrailIdentifier: guardrail, guardrailVersion: guardrailVersion || "DRAFT" },
    }),
    ...(route === "invoke" && { use_converse: false }),
    ...(tools.trim() !== "" && { tools: jsonIn(tools, "Tools") as unknown[] }),
    ...(others.trim() !== "" && (jsonIn(others, "Other fields") as object)),
  };
}

function numberAs(name: string, text: string): Record<string, number> {
  return text.trim() === "" ? {} : { [name]: Number(text) };
}

function jsonIn(text: string, field: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`${field}: ${error instanceof Error ? error.message : "no JSON"}`, { cause: error });
  }
}
