import { chatFields, pathInDialect, turnsOf, withPathRenamed, type Turn } from "../calls/dialect-paths.ts";
import type { Message } from "../converse/content.ts";
import type { ChatMessage } from "../dialects/openai-chat/chat-request.ts";

/** Where a tool stands in the caller's options. */
export interface ToolPlace {
  path: string;
  /** True: its members stand in it, and not under `function`. */
  isDefinition: boolean;
}

/**
 * Between the paths of the chat dialect and what the caller wrote: fields have the names of its options, and messages count from the first
 * of its own.
 */
export class CallersPaths {
  /** Field of the dialect -> path of the option. */
  readonly #options = new Map<string, string>();
  /** Path of what an option has put into the request -> paths of that option, and of the one for its time. */
  readonly #placed = new Map<string, { option: string; ttl: string }>();
  /** The caller's tools, in the dialect's order. */
  #tools: readonly ToolPlace[] = [];
  #turns: readonly Turn[] = [];
  /** Path of the system prompt, where the option brought one: it is the dialect's first message. */
  #system: string | undefined;

  /** Says which option a field of the dialect comes from. */
  name(field: string, path: string): void {
    this.#options.set(field, path);
  }

  /** Says that the first message is the option's. */
  systemFrom(path: string): void {
    this.#system = path;
  }

  /** Says that a cache mark of the dialect comes from an option, and its time from another. */
  markFrom(place: string, option: string, ttl: string): void {
    this.#placed.set(place, { option, ttl });
  }

  /** Says where the tools stand that the dialect has. */
  toolsFrom(places: readonly ToolPlace[]): void {
    this.#tools = places;
  }

  /** Says which of the dialect's messages became Converse's; where that is not plain, paths name the list alone. */
  turnsFrom(messages: readonly ChatMessage[], converse: readonly Message[]): void {
    this.#turns = turnsOf(messages, converse);
  }

  /** A path of the Converse request, which has no system messages and joins what one side says, as the caller knows it. */
  ofConverse(path: string): string {
    if (this.#system !== undefined && /^system(?=\[|$)/.test(path)) {
      return this.#system;
    }
    return this.pathOf(pathInDialect(path, chatFields, this.#turns));
  }

  /** A path of the dialect as the caller knows it. */
  pathOf(path: string): string {
    const mark = this.#placed.get(path.replace(/\.ttl$/, ""));
    if (mark !== undefined) {
      return path.endsWith(".ttl") ? mark.ttl : mark.option;
    }
    const [, field = "", rest = ""] = /^([A-Za-z_]+)([^]*)$/.exec(path) ?? [];
    if (field === "messages") {
      return this.#ofMessage(path, rest);
    }
    const tool = field === "tools" ? this.#ofTool(rest) : undefined;
    if (tool !== undefined) {
      return tool;
    }
    const named = [...this.#options].find(
      ([known]) => path === known || (/^[.[]/.test(path.slice(known.length)) && path.startsWith(known)),
    );
    return named === undefined ? path : `${named[1]}${path.slice(named[0].length)}`;
  }

  #ofTool(rest: string): string | undefined {
    const [, index, inside = ""] = /^\[(\d+)\]([^]*)$/.exec(rest) ?? [];
    const place = index === undefined ? undefined : this.#tools[Number(index)];
    return place && place.path + (place.isDefinition ? inside.replace(/^\.function(?=\.|$)/, "") : inside);
  }

  #ofMessage(path: string, rest: string): string {
    const [, index, inside = ""] = /^\[(\d+)\]([^]*)$/.exec(rest) ?? [];
    if (this.#system === undefined || index === undefined) {
      return path;
    }
    return index === "0" ? this.#system : `messages[${Number(index) - 1}]${inside}`;
  }

  /** The error with the caller's path, in its words too; anything else as it is. Its own path is the dialect's, or Converse's. */
  inCallersWords(error: unknown, of: "dialect" | "converse" = "dialect"): unknown {
    return withPathRenamed(error, (path) => (of === "dialect" ? this.pathOf(path) : this.ofConverse(path)));
  }
}
