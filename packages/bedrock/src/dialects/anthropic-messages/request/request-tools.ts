/** Tools: the caller's own in Converse's shape, Anthropic's own where they travel. */
import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { Tool } from "../../../converse/request.ts";
import { cacheMark } from "../../translation/cache-marks.ts";
import { needAnthropicsTools, toolFrom } from "../../translation/tools/tool-spec.ts";
import type { TranslationDraft } from "../../translation/translation-draft.ts";
import { nameUnread } from "../../translation/fields/unread-fields.ts";
import type { MessagesRequest } from "../messages-request.ts";

const readOfTool: ReadonlySet<string> = new Set([
  "type",
  "name",
  "description",
  "input_schema",
  "strict",
  "cache_control",
]);

export function translateTools(draft: TranslationDraft, { tools: given }: MessagesRequest): void {
  const tools: Tool[] = [];
  const builtIn: JsonObject[] = [];
  for (const [index, tool] of (given ?? []).entries()) {
    const place = `tools[${index}]`;
    if (typeof tool.type === "string" && tool.type !== "custom") {
      needAnthropicsTools(draft, tool.type, `${place}.type`);
      builtIn.push(tool);
      continue;
    }
    nameUnread(draft, tool, readOfTool, place);
    const { name, description, input_schema: schema, strict } = tool;
    tools.push(toolFrom(draft, { name: name ?? "", description, schema, strict, place, field: "input_schema" }));
    if (isJsonObject(tool.cache_control)) {
      tools.push(cacheMark(draft, tool.cache_control, `${place}.cache_control`));
    }
  }
  draft.tools = tools.length === 0 ? undefined : tools;
  draft.builtInTools = builtIn.length === 0 ? undefined : builtIn;
}
