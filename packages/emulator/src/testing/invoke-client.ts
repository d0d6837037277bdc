import {
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type InvokeModelCommandInput,
} from "@aws-sdk/client-bedrock-runtime";
import type { Emulator } from "../options.ts";
import { runtimeClient, type protocols } from "./clients.ts";

export type Json = Record<string, unknown>;
type Extra = Partial<InvokeModelCommandInput> & { protocol?: (typeof protocols)[number] };

/** A whole reply of InvokeModel, by AWS's own client. */
export async function invoked(emulator: Emulator, modelId: string, body: Json, { protocol, ...extra }: Extra = {}) {
  const input = { modelId, body: JSON.stringify(body), contentType: "application/json", ...extra };
  const answer = await runtimeClient(emulator, protocol).send(new InvokeModelCommand(input));
  return { answer, reply: JSON.parse(answer.body.transformToString()) as Json };
}

/** A stream of InvokeModel, by AWS's own client: its chunks that are JSON, and the texts of all. */
export async function invokedStream(
  emulator: Emulator,
  modelId: string,
  body: Json,
  { protocol, ...extra }: Extra = {},
) {
  const input = { modelId, body: JSON.stringify(body), contentType: "application/json", ...extra };
  const answer = await runtimeClient(emulator, protocol).send(new InvokeModelWithResponseStreamCommand(input));
  const texts: string[] = [];
  for await (const event of answer.body!) texts.push(Buffer.from(event.chunk!.bytes!).toString());
  return { answer, texts, chunks: texts.filter((text) => text !== "[DONE]").map((text) => JSON.parse(text) as Json) };
}

/** The member at a place of a JSON value; undefined where there is none. */
export function memberAt(value: unknown, ...steps: (string | number)[]): unknown {
  return steps.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step], value);
}

/** Reads the text at a place; empty where there is none. */
export function textAt(...steps: (string | number)[]): (value: Json) => string {
  return (value) => (memberAt(value, ...steps) as string | undefined | null) ?? "";
}
