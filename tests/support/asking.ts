/** Questions and refusals, as a client without a library writes and reads them. */
import type { OpenAiErrorBody } from "@adit/bedrock";
import { expect } from "vitest";
import type { House } from "./house.ts";

export const chatPath = "/v1/chat/completions";

/** On demand in every region, and streams with tools. */
export const nova = "us.amazon.nova-lite-v1:0";
/** The generations of Claude that differ in their rules. */
export const claude = {
  haiku3: "us.anthropic.claude-3-haiku-20240307-v1:0",
  sonnet37: "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
  sonnet4: "us.anthropic.claude-sonnet-4-20250514-v1:0",
  sonnet45: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  opus46: "us.anthropic.claude-opus-4-6-v1",
  opus47: "us.anthropic.claude-opus-4-7",
  opus5: "us.anthropic.claude-opus-5",
} as const;

/** A chat of one question. */
export function question(text: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: nova, messages: [{ role: "user", content: text }], ...more };
}

/** A tool of one argument, as OpenAI's format has it. */
export function toolNamed(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: "function",
    function: {
      name,
      description: `The tool ${name}.`,
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      ...more,
    },
  };
}

export interface Refusal {
  status: number;
  type: string;
  code: string | null;
  message: string;
  param: string | null;
}

/** The error of an answer that is none. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const text = await response.text();
  expect(response.headers.get("content-type"), text).toMatch(/^application\/json/);
  const { error } = JSON.parse(text) as OpenAiErrorBody;
  return { status: response.status, ...error };
}

/** A whole chat completion. */
export interface Answered {
  model: string;
  choices: {
    finish_reason: string;
    message: {
      role: string;
      content: string | null;
      tool_calls?: { id: string; type: "function"; function: { name: string; arguments: string } }[];
      reasoning_content?: string;
      content_blocks?: Record<string, unknown>[];
    };
  }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

/** The answer, after a check that it is one. */
export async function answerOf(response: Response): Promise<Answered> {
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text) as Answered;
}

/** Asks Nova, or what `more` names, with the gateway's key. */
export function ask(
  house: House,
  text: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  return house.post(chatPath, question(text, more), headers);
}

/** Paths of the request that the gateway left out or changed. */
export function droppedOf(response: Response): string[] {
  return (response.headers.get("x-adit-dropped") ?? "").split(",").filter((path) => path !== "");
}

/** Waits until `holds` is true; fails after `ms`, which is no measure of speed. */
export async function until(holds: () => boolean, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`What was awaited did not come within ${ms} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
