/** Parts of requests that a model refused, and where they stand in another request. */
import { systemClock, type Clock } from "../../../clock.ts";
import { HourMemory } from "../../../memory/hour-memory.ts";
import { isJsonObject, type JsonObject, type JsonValue, type ValuePath } from "../../../json.ts";
import { placesOfField, type FieldStep } from "./field-path.ts";
import { additionalFieldsIn, leaveOutOfAdditional } from "./additional.ts";
import { leaveOut, nameDropped, type NativeDraft } from "./draft.ts";
import { isThinking } from "./history.ts";

/**
 * A part that the model does not know; `count` is to have its tokens counted. One request teaches it to all others of its caller, so each says
 * no more than what AWS's refusal makes certain of any request.
 */
export type RefusedPart =
  | { kind: "count" }
  /** `among`: all flags of the request that was refused, where AWS did not say which of them it was. */
  | { kind: "beta"; flag: string; among?: readonly string[] }
  /** `flags`: those that went with it, since another may be what allows it. */
  | { kind: "field"; path: readonly FieldStep[]; flags: readonly string[] }
  | { kind: "tool"; type: string; flags: readonly string[] }
  /** A turn of the assistant's that is thinking alone, as an answer is that its limit of tokens ended there. */
  | { kind: "thinkingTurn" }
  /** Thinking without a signature: another model's, or what a format that has no signatures left of Claude's own. */
  | { kind: "unsignedThinking" };

/**
 * Whom a model refused it, and where: AWS brings what is new to one account and one region after another, and what one caller's request
 * provoked must take nothing from another's.
 */
export interface RefusalPlace {
  /** Whose calls these are, and by which account: any text that tells them apart; empty where there is one caller alone. */
  caller: string;
  model: { baseId: string };
  region: string;
}

/** Places, and parts of each of them. */
const most = { places: 5_000, names: 64 };

/** What each model has refused a caller within the last hour, so that it is left out before the next request is sent. */
export class RefusedParts {
  readonly #parts: HourMemory<RefusedPart>;

  /** @param clock tells when an hour is over; by default the machine's. */
  constructor(clock: Clock = systemClock) {
    this.#parts = new HourMemory(clock, most);
  }

  remember(place: RefusalPlace, parts: readonly RefusedPart[]): void {
    const key = keyOf(place);
    for (const part of parts.slice(-most.names)) {
      this.#parts.keep(key, JSON.stringify(part), part);
    }
  }

  of(place: RefusalPlace): readonly RefusedPart[] {
    return this.#parts.isEmpty ? [] : this.#parts.of(keyOf(place));
  }

  /** Those of a request's beta flags that the model has refused. */
  flagsOf(place: RefusalPlace, flags: ReadonlySet<string>): ReadonlySet<string> {
    return refusedFlags(this.of(place), flags);
  }
}

function keyOf({ caller, model, region }: RefusalPlace): string {
  return `${region} ${model.baseId} ${caller}`;
}

/** Which of a request's flags make AWS refuse it, as far as the parts tell. */
function refusedFlags(parts: readonly RefusedPart[], flags: ReadonlySet<string>): Set<string> {
  const refused = new Set<string>();
  for (const part of parts) {
    if (part.kind === "beta" && flags.has(part.flag) && (part.among ?? []).every((flag) => flags.has(flag))) {
      refused.add(part.flag);
    }
  }
  return refused;
}

/** The flags in a native body. */
export function flagsIn({ anthropic_beta: given }: JsonObject): Set<string> {
  return new Set(Array.isArray(given) ? given.filter((flag) => typeof flag === "string") : []);
}

/** Where the parts stand in a native body that goes with these flags. The flags themselves have no place. */
export function placesOfRefused(
  body: JsonObject,
  flags: ReadonlySet<string>,
  parts: readonly RefusedPart[],
): ValuePath[] {
  return parts.flatMap((part) => {
    if (part.kind === "thinkingTurn") {
      return placesOfThinkingTurns(body["messages"]);
    }
    // Thinking without a signature never goes to Claude in its own format.
    if (part.kind === "count" || part.kind === "beta" || part.kind === "unsignedThinking") {
      return [];
    }
    if (!isSubset(flags, part.flags)) {
      return [];
    }
    return part.kind === "tool" ? placesOfTool(body["tools"], part.type) : placesOfField(body, part.path);
  });
}

function isSubset(flags: ReadonlySet<string>, of: readonly string[]): boolean {
  return [...flags].every((flag) => of.includes(flag));
}

function placesOfTool(tools: JsonValue | undefined, type: string): ValuePath[] {
  const list = Array.isArray(tools) ? tools : [];
  return list.flatMap((tool, index) => (isJsonObject(tool) && tool["type"] === type ? [["tools", index]] : []));
}

/** None where nothing would be left to answer. */
function placesOfThinkingTurns(messages: JsonValue | undefined): ValuePath[] {
  const list = Array.isArray(messages) ? messages : [];
  const places = list.flatMap((message, index) => (isThinkingTurn(message) ? [["messages", index]] : []));
  return places.length < list.length ? places : [];
}

function isThinkingTurn(message: JsonValue): boolean {
  if (!isJsonObject(message) || message["role"] !== "assistant") {
    return false;
  }
  const content = message["content"];
  return (
    Array.isArray(content) && content.length > 0 && content.every((block) => isJsonObject(block) && isThinking(block))
  );
}

/** Leaves the parts out of a request before it is sent, and names them. */
export function leaveOutRefused(draft: NativeDraft, parts: readonly RefusedPart[]): void {
  const { request, flags } = draft;
  for (const flag of refusedFlags(parts, flags)) {
    flags.delete(flag);
    nameDropped(draft, `anthropic_beta.${flag}`);
  }
  const places = placesOfRefused(request, flags, parts);
  for (const path of places) {
    leaveOut(draft, path);
  }
  leaveOutOfAdditional(draft, placesOfRefused(additionalFieldsIn(request), flags, parts));
  const goneTools = places.filter(([first, , further]) => first === "tools" && further === undefined).length;
  // An empty list of tools is refused as well, and so is a choice among none.
  if (goneTools > 0 && goneTools === request.tools?.length) {
    leaveOut(draft, ["tools"]);
    draft.edits.remove(["tool_choice"]);
  }
}
