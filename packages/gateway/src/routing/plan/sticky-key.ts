/** Which requests are alike for a sticky load balance: those with the same values of its `hash_fields`. */
import { hash } from "node:crypto";
import type { JsonValue } from "@adit/bedrock";
import type { ConfigStrategy } from "../config/config-schema.ts";
import { paramAt } from "../conditions/query.ts";
import { parseJsonPath, valueAt } from "../config/json-path.ts";
import type { PlanMaker } from "./plan-maker.ts";
import type { StickyDraw } from "./plan.ts";
import { defaultStickySeconds } from "./sticky-draws.ts";
import type { Position } from "./target-plan.ts";

/** Undefined where the strategy is not sticky, or the request lacks one of the fields: then it is drawn as any other. */
export function stickyDraw(
  { sticky }: ConfigStrategy,
  { path, model }: Position,
  maker: PlanMaker,
): StickyDraw | undefined {
  if (sticky === undefined || sticky.enabled === false || sticky.hash_fields === undefined) return undefined;
  const place = `${path}.strategy.sticky.hash_fields`;
  const values = sticky.hash_fields.map(
    (field) => [field, hashOf(fieldOf(field, model, maker), maker, place)] as const,
  );
  // `null` is how clients write a field they leave unset: not a value that would make all of them alike.
  if (values.some(([, value]) => value === undefined)) return undefined;
  const key = hash("sha256", JSON.stringify([maker.scope, path, values]), "base64");
  const seconds = sticky.ttl ?? defaultStickySeconds;
  const { stickyDraws } = maker.deps;
  return { draw: () => stickyDraws.draw(key, seconds), peek: () => stickyDraws.peek(key, seconds) };
}

/** Characters of a value that take as long as one step of the plan's other work. */
const charactersOfStep = 16;

/** Undefined for nothing. A value may be a whole conversation: what is kept of it for a draw is as long as of any other. */
function hashOf(value: JsonValue | undefined, maker: PlanMaker, place: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = JSON.stringify(value);
  maker.spend(Math.ceil(text.length / charactersOfStep), place);
  return hash("sha256", text, "base64");
}

function fieldOf(field: string, model: string | undefined, maker: PlanMaker): JsonValue | undefined {
  const dot = field.indexOf(".");
  const name = field.slice(dot + 1);
  if (field.startsWith("headers.")) return maker.parts.headers.raw(name.toLowerCase());
  const facts = maker.askedFacts(model);
  const { metadata } = facts;
  if (field.startsWith("params.")) return paramAt(facts, parseJsonPath(name) ?? [name]);
  return Object.hasOwn(metadata, name) ? metadata[name] : valueAt(metadata, parseJsonPath(name) ?? [name]);
}
