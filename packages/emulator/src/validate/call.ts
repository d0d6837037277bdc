/** A Converse call whose form is right, as the conversation rules see it. */
import type { ContentBlock, ConverseRequest } from "@adit/bedrock";
import type { ResolvedModel } from "../model-list/resolve-model.ts";
import type { Traits } from "../model-list/traits.ts";
import type { Refusal } from "./refusal.ts";

export interface PlacedBlock {
  block: ContentBlock;
  /** `messages.N.content.M`, counted from 0. */
  path: string;
}

/** Neighbouring messages of one role, which Bedrock takes as one turn. */
export interface Turn {
  role: string;
  /** `messages.N.content` of its first message. */
  path: string;
  /** Index of its first message. */
  index: number;
  blocks: PlacedBlock[];
}

export interface Call {
  request: ConverseRequest;
  model: ResolvedModel;
  traits: Traits;
  stream: boolean;
  turns: Turn[];
  /** Every block of every message, in order. */
  blocks: PlacedBlock[];
}

/** One rule: what it refuses, or nothing. */
export type Rule = (call: Call) => Refusal | undefined;

/** Puts a checked body and its model together. */
export function callOf(request: ConverseRequest, model: ResolvedModel, stream: boolean): Call {
  const turns = turnsOf(request);
  return { request, model, traits: model.traits, stream, turns, blocks: turns.flatMap((turn) => turn.blocks) };
}

/** The first refusal of several rules. */
export function firstRefusal(call: Call, rules: readonly Rule[]): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(call);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** The member that a block sets: `text`, `toolUse`... */
export function kindOf(block: object): string {
  return Object.keys(block)[0] ?? "";
}

/** A member of additionalModelRequestFields. */
export function additionalField(call: Call, name: string): unknown {
  const fields = call.request.additionalModelRequestFields;
  return typeof fields === "object" && fields !== null && !Array.isArray(fields)
    ? (fields[name] ?? undefined)
    : undefined;
}

function turnsOf(request: ConverseRequest): Turn[] {
  const turns: Turn[] = [];
  for (const [index, message] of (request.messages ?? []).entries()) {
    const blocks = message.content.map((block, at) => ({ block, path: `messages.${index}.content.${at}` }));
    const last = turns.at(-1);
    // One by one: a call takes no hundred thousand arguments.
    if (last?.role === message.role) for (const block of blocks) last.blocks.push(block);
    else turns.push({ role: message.role, path: `messages.${index}.content`, index, blocks });
  }
  return turns;
}
