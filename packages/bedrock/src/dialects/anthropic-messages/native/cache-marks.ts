import { isJsonObject, type JsonObject, type ValuePath } from "../../../json.ts";
import { blocksWithCache } from "./field-path.ts";
import { isGiven, leaveOut, nameDropped, type NativeDraft } from "./draft.ts";

/**
 * Cache marks as the model takes them. `scope` belongs to a flag that Bedrock refuses (claude-code sends both); an hour is left to the
 * models that keep it, the default of five minutes remains; a model without a cache gets no marks. What goes is named.
 */
export function settleCacheMarks(draft: NativeDraft): void {
  const { can, betas, known } = draft.model;
  settleAutomaticMark(draft);
  for (const [path, mark] of marksOf(draft.request)) {
    if (known && can.cache.length === 0) {
      leaveOut(draft, path);
      continue;
    }
    if (isGiven(mark["scope"]) && betas !== undefined) {
      draft.edits.remove([...path, "scope"]);
      nameDropped(draft, "cache_control.scope");
    }
    if (mark["ttl"] === "1h" && !can.cacheOneHour) {
      leaveOut(draft, [...path, "ttl"]);
    }
  }
}

const mostMarks = 4;

/**
 * The request's own mark, which Anthropic's API puts on the last block that can have one. Bedrock refuses it ("cache_control: Extra inputs are
 * not permitted": BerriAI/litellm#26320, UKGovernmentBEIS/inspect_ai#3851), and takes it on the block.
 */
function settleAutomaticMark(draft: NativeDraft): void {
  const { request, model, edits } = draft;
  const control = request["cache_control"];
  if (control === undefined) {
    return;
  }
  edits.remove(["cache_control"]);
  if (!isJsonObject(control)) {
    return;
  }
  const place = lastMarkable(request);
  const marks = [...marksOf(request)];
  if (place === undefined || marks.length >= mostMarks || (model.known && model.can.cache.length === 0)) {
    nameDropped(draft, "cache_control");
    return;
  }
  const { scope, ...mark } = control;
  if (isGiven(scope)) {
    nameDropped(draft, "cache_control.scope");
  }
  if (mark["ttl"] === "1h" && !model.can.cacheOneHour) {
    delete mark["ttl"];
    nameDropped(draft, "cache_control.ttl");
  }
  if (place.text !== undefined) {
    edits.set(place.path, JSON.stringify([{ type: "text", text: place.text, cache_control: mark }]));
  } else if (!isGiven(place.block?.["cache_control"])) {
    edits.set([...place.path, "cache_control"], JSON.stringify(mark));
  }
}

/** A message of one text, or a block. */
type Markable = { path: ValuePath; text?: string; block?: JsonObject };

function lastMarkable({ messages }: NativeDraft["request"]): Markable | undefined {
  for (const [index, { content }] of [...messages.entries()].toReversed()) {
    const path = ["messages", index, "content"];
    if (typeof content === "string") {
      if (content !== "") return { path, text: content };
      continue;
    }
    const at = content.findLastIndex((block) => blocksWithCache.includes(block.type) && block["text"] !== "");
    if (at !== -1) return { path: [...path, at], block: content[at] as JsonObject };
  }
  return undefined;
}

function* marksOf(request: NativeDraft["request"]): Generator<[path: ValuePath, mark: JsonObject], void, void> {
  yield* marksIn(request.tools, ["tools"]);
  yield* marksIn(request.system, ["system"]);
  for (const [index, message] of request.messages.entries()) {
    yield* marksIn(message.content, ["messages", index, "content"]);
  }
}

function* marksIn(blocks: unknown, path: ValuePath): Generator<[path: ValuePath, mark: JsonObject], void, void> {
  if (!Array.isArray(blocks)) {
    return;
  }
  for (const [index, block] of blocks.entries()) {
    if (!isJsonObject(block)) {
      continue;
    }
    if (isJsonObject(block["cache_control"])) {
      yield [[...path, index, "cache_control"], block["cache_control"]];
    }
    if (block["type"] === "tool_result") {
      yield* marksIn(block["content"], [...path, index, "content"]);
    }
  }
}
