import type { ConverseRequest } from "../converse/request.ts";

/**
 * Ids for the calls of an answer that came without: none that the conversation has, also where its callers cut off the beginning, and the same for
 * whoever reads the answer again.
 */
export class NewCallIds {
  readonly #request: ConverseRequest;
  readonly #ids: string[] = [];
  #taken: ReadonlySet<string | undefined> | undefined;
  #number = 0;

  constructor(request: ConverseRequest) {
    this.#request = request;
  }

  /** `index` is the call's place among those of the answer. An answer may have thousands: the conversation is read once for all. */
  at(index: number): string {
    const taken = (this.#taken ??= this.#readConversation());
    while (this.#ids.length <= index) {
      const id = `call_${this.#number}`;
      this.#number += 1;
      if (!taken.has(id)) this.#ids.push(id);
    }
    return this.#ids[index] ?? "";
  }

  #readConversation(): ReadonlySet<string | undefined> {
    const blocks = (this.#request.messages ?? []).flatMap(({ content }) => content);
    this.#number = blocks.filter(({ toolUse }) => toolUse !== undefined).length;
    return new Set(blocks.map(({ toolUse, toolResult }) => toolUse?.toolUseId ?? toolResult?.toolUseId));
  }
}
