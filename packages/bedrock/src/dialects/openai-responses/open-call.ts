import { textFromArguments, type CallerTool } from "./caller-tools.ts";
import type { ItemPlace, OpenItem } from "./open-item.ts";
import type { ResponseEvents } from "./response-events.ts";
import type { ItemStatus, OutputCustomCall, OutputFunctionCall } from "./response-object.ts";

/** A call of one of the caller's tools. */
export class OpenCall implements OpenItem {
  readonly #place: ItemPlace;
  readonly #events: ResponseEvents;
  readonly #callId: string;
  readonly #tool: CallerTool;
  readonly #deltaHead: string;
  /** JSON text so far. */
  #arguments = "";

  constructor(place: ItemPlace, events: ResponseEvents, callId: string, tool: CallerTool) {
    this.#place = place;
    this.#events = events;
    this.#callId = callId;
    this.#tool = tool;
    const { id: item_id, outputIndex: output_index } = place;
    const kind = tool.isCustom ? "custom_tool_call_input" : "function_call_arguments";
    this.#deltaHead = events.deltaHead(`response.${kind}.delta`, { item_id, output_index });
    events.write("response.output_item.added", { output_index, item: this.itemAs("in_progress") });
  }

  write(json: string): void {
    this.#arguments += json;
    // Free text is known when its JSON is whole.
    if (!this.#tool.isCustom) {
      this.#events.writeTextDelta(this.#deltaHead, json);
    }
  }

  itemAs(status: ItemStatus): OutputFunctionCall | OutputCustomCall {
    const { name, namespace, isCustom } = this.#tool;
    const { id } = this.#place;
    const named = { call_id: this.#callId, name, ...(namespace === undefined ? {} : { namespace }) };
    if (isCustom) {
      const input = this.#arguments === "" ? "" : textFromArguments(this.#arguments);
      return { id, type: "custom_tool_call", ...named, input };
    }
    return { id, type: "function_call", ...named, arguments: this.#arguments, status };
  }

  close(status: ItemStatus): OutputFunctionCall | OutputCustomCall {
    const { id: item_id, outputIndex: output_index } = this.#place;
    const item = this.itemAs(status);
    if (item.type === "custom_tool_call") {
      const { input } = item;
      this.#events.writeTextDelta(this.#deltaHead, input);
      this.#events.write("response.custom_tool_call_input.done", { item_id, output_index, input });
    } else {
      const { name, arguments: text } = item;
      this.#events.write("response.function_call_arguments.done", { item_id, output_index, name, arguments: text });
    }
    this.#events.write("response.output_item.done", { output_index, item });
    return item;
  }
}
