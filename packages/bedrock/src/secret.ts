import { inspect } from "node:util";

/**
 * A value that must not reach a log, an error or a reply. Printing it in any way gives `[secret]`;
 * only `reveal()` gives the value, and only the signer and the vault call it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret value itself. Only the signer and the vault open it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
