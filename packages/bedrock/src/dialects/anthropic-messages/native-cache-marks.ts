import { isJsonObject, type JsonObject } from "../../json.ts";
import { isGiven, leaveOut, nameDropped, type NativeDraft } from "./native-draft.ts";

type Path = readonly (string | number)[];

/**
 * Cache marks as the model takes them. `scope` belongs to a flag that Bedrock refuses (claude-code sends both); an hour is left to the
 * models that keep it, the default of five minutes remains; a model without a cache gets no marks. What goes is named.
 */
export function settleCacheMarks(draft: NativeDraft): void {
  const { can, betas, known } = draft.model;
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

function* marksOf(request: NativeDraft["request"]): Generator<[path: Path, mark: JsonObject], void, void> {
  yield* marksIn(request.tools, ["tools"]);
  yield* marksIn(request.system, ["system"]);
  for (const [index, message] of request.messages.entries()) {
    yield* marksIn(message.content, ["messages", index, "content"]);
  }
}

function* marksIn(blocks: unknown, path: Path): Generator<[path: Path, mark: JsonObject], void, void> {
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
