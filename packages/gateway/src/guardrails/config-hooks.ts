/** The lists of guardrails in a config: their shapes, and what a target makes of those that it has. */
import type { JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { HookFault } from "./hook-fields.ts";
import type { Hook, HookSource, TargetHooks } from "./hook.ts";
import { readGuardrailList, readHookList } from "./read-hooks.ts";

const entry = z.union([z.string(), z.record(z.string(), z.unknown())]);

type Read = (list: readonly JsonValue[]) => HookSource[];

function listOf(read: Read, words: string) {
  return z
    .array(entry)
    .transform((list, context): HookSource[] => {
      try {
        return read(list as JsonValue[]);
      } catch (error) {
        if (!(error instanceof HookFault)) throw error;
        context.issues.push({ code: "custom", input: undefined, path: [...error.path], message: error.message });
        return z.NEVER;
      }
    })
    .optional()
    .describe(words);
}

/** As members of a config's node. Their insides keep their spelling. */
export const hookShapes = {
  before_request_hooks: listOf(
    (list) => readHookList(list, "before_request_hooks"),
    "Guardrails of requests: docs/guardrails.md.",
  ),
  after_request_hooks: listOf(
    (list) => readHookList(list, "after_request_hooks"),
    "Guardrails of answers: docs/guardrails.md.",
  ),
  input_guardrails: listOf(
    (list) => readGuardrailList(list, "input_guardrails", "guardrail"),
    "The same for requests, as slugs of saved guardrails or as objects of checks.",
  ),
  output_guardrails: listOf(
    (list) => readGuardrailList(list, "output_guardrails", "guardrail"),
    "The same for answers.",
  ),
  input_mutators: listOf(
    (list) => readGuardrailList(list, "input_mutators", "mutator"),
    "What changes requests, without a verdict.",
  ),
  output_mutators: listOf(
    (list) => readGuardrailList(list, "output_mutators", "mutator"),
    "What changes answers, without a verdict.",
  ),
};

export type HookList = keyof typeof hookShapes;
export const hookLists = Object.keys(hookShapes) as HookList[];

export type HookLists = { [List in HookList]?: readonly HookSource[] | undefined };

/** Each list counts whole, and only where the child has none of its own. The parent's own object where the child has no list at all. */
export function inheritHooks(parent: HookLists | undefined, child: HookLists): HookLists | undefined {
  if (hookLists.every((name) => child[name] === undefined)) return parent;
  return Object.fromEntries(hookLists.map((name) => [name, child[name] ?? parent?.[name]]));
}

/** Undefined where there are none. */
export function targetHooks(lists: HookLists): TargetHooks | undefined {
  const before = joined(lists.before_request_hooks, lists.input_guardrails, lists.input_mutators);
  const after = joined(lists.after_request_hooks, lists.output_guardrails, lists.output_mutators);
  return before.length === 0 && after.length === 0 ? undefined : { before, after };
}

function joined(...lists: (readonly HookSource[] | undefined)[]): readonly HookSource[] {
  return lists.flatMap((list) => list ?? []);
}

/** The guardrails that lists write out, with their places below them. */
export function writtenIn(lists: HookLists): { hook: Hook; place: string }[] {
  return hookLists.flatMap((name) =>
    (lists[name] ?? []).flatMap((source, index) =>
      source.kind === "inline" ? [{ hook: source.hook, place: `${name}[${index}]` }] : [],
    ),
  );
}

/** The saved guardrails that lists name, with the places of their names below them. */
export function savedIn(lists: HookLists): { slug: string; place: string }[] {
  return hookLists.flatMap((name) =>
    (lists[name] ?? []).flatMap((source, index) =>
      source.kind === "saved" ? [{ slug: source.slug, place: `${name}[${index}]` }] : [],
    ),
  );
}
