/**
 * A config as a tree of parts, and changes of it. A change makes a new config and touches what it is about: members that are not known
 * here, the order of members and their spelling (snake_case or camelCase) stay as they were written.
 */

import { isSpeltNumber } from "../../controls/forms/exact-json.ts";

export type Part = Record<string, unknown>;

/** Of fields that show a part and change it. */
export interface PartProps {
  part: Part;
  set: (part: Part) => void;
}

/** The way from the root: which target of each part. */
export type Way = readonly number[];

export const modes = ["single", "fallback", "loadbalance", "conditional"] as const;
export type Mode = (typeof modes)[number];

export const isPart = (value: unknown): value is Part =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isSpeltNumber(value);

/** As the gateway names it in faults and plans. */
export const pathOf = (way: Way): string => ["config", ...way.map((index) => `targets[${index}]`)].join(".");

export const targetsOf = (part: Part): unknown[] => (Array.isArray(part["targets"]) ? part["targets"] : []);

const plain = (name: string) => name.replaceAll(/[_-]/g, "").toLowerCase();

/** The name as this part spells it. */
function spelt(part: Part, name: string): string {
  if (Object.hasOwn(part, name)) return name;
  return Object.keys(part).find((one) => plain(one) === plain(name)) ?? name;
}

export function memberOf(part: Part, name: string): unknown {
  return part[spelt(part, name)];
}

export function partIn(part: Part, name: string): Part {
  const value = memberOf(part, name);
  return isPart(value) ? value : {};
}

export function textIn(part: Part, name: string): string {
  const value = memberOf(part, name);
  return typeof value === "string" ? value : "";
}

export function numberIn(part: Part, name: string): number | undefined {
  const value = memberOf(part, name);
  return typeof value === "number" ? value : undefined;
}

/** Undefined, an empty text and an object without members take it away. */
export function withMember(part: Part, name: string, value: unknown): Part {
  const own = spelt(part, name);
  const isNothing = value === undefined || value === "" || (isPart(value) && Object.keys(value).length === 0);
  if (!isNothing) return { ...part, [own]: value };
  const { [own]: _gone, ...rest } = part;
  return rest;
}

export function modeOf(part: Part): string | undefined {
  const { strategy } = part;
  const mode = isPart(strategy) ? strategy["mode"] : strategy;
  return typeof mode === "string" ? mode : undefined;
}

export function partAt(root: Part, way: Way): Part | undefined {
  return way.reduce<Part | undefined>((part, index) => {
    const target = part === undefined ? undefined : targetsOf(part)[index];
    return isPart(target) ? target : undefined;
  }, root);
}

export function withPart(root: Part, way: Way, change: (part: Part) => Part): Part {
  const [first, ...rest] = way;
  if (first === undefined) return change(root);
  const targets = targetsOf(root).map((target, index) =>
    index === first && isPart(target) ? withPart(target, rest, change) : target,
  );
  return { ...root, targets };
}

/** What says where a call goes and what it asks: it moves down where a target becomes several. */
const ofTargets =
  /^(?:provider|virtualkey|apikey|customhost|promptid|passthrough|overrideparams|defaultparams|dropparams|aws.*)$/;

/** Several targets in the place of one: the first of them is what it was, the second what the request brings. */
export function withStrategy(part: Part, mode: Mode): Part {
  const strategy = { ...(isPart(part["strategy"]) ? part["strategy"] : {}), mode };
  if (targetsOf(part).length > 0) return { ...part, strategy };
  const entries = Object.entries(part).filter(([name]) => name !== "strategy");
  const below = entries.filter(([name]) => ofTargets.test(plain(name)));
  const own = entries.filter(([name]) => !ofTargets.test(plain(name)));
  return { ...Object.fromEntries(own), strategy, targets: [Object.fromEntries(below), {}] };
}

export function withTarget(part: Part): Part {
  return { ...part, targets: [...targetsOf(part), {}] };
}

/** Without its last target a part is a target itself. */
export function withoutTarget(part: Part, index: number): Part {
  const targets = targetsOf(part).filter((_target, place) => place !== index);
  if (targets.length > 0) return { ...part, targets };
  const { targets: _targets, strategy: _strategy, ...rest } = part;
  return rest;
}

/** `to` may be beside the ends: then nothing moves. */
export function withMovedTarget(part: Part, from: number, to: number): Part {
  const targets = [...targetsOf(part)];
  if (to < 0 || to >= targets.length) return part;
  const [moved] = targets.splice(from, 1);
  targets.splice(to, 0, moved);
  return { ...part, targets };
}

/** Named by `@slug` as provider, or as virtual key. */
export function credentialOf(part: Part): string {
  const provider = textIn(part, "provider");
  return (provider.startsWith("@") ? provider : textIn(part, "virtual_key")).replace(/^@/, "");
}

export function withCredential(part: Part, slug: string): Part {
  const named = textIn(part, "provider").startsWith("@");
  if (named) return withMember(part, "provider", slug === "" ? undefined : `@${slug}`);
  return withMember(part, "virtual_key", slug);
}
