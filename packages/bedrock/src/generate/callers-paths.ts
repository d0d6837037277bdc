import { AditError } from "../errors/adit-error.ts";

/**
 * Between the paths of the chat dialect and what the caller wrote: fields have the names of its options, and messages count from the first
 * of its own.
 */
export class CallersPaths {
  /** Field of the dialect -> path of the option. */
  readonly #options = new Map<string, string>();
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

  /** A path of the dialect as the caller knows it. */
  pathOf(path: string): string {
    const [, field = "", rest = ""] = /^([A-Za-z_]+)([^]*)$/.exec(path) ?? [];
    if (field === "messages") {
      return this.#ofMessage(path, rest);
    }
    const option = this.#options.get(field);
    return option === undefined ? path : `${option}${rest}`;
  }

  #ofMessage(path: string, rest: string): string {
    const [, index, inside = ""] = /^\[(\d+)\]([^]*)$/.exec(rest) ?? [];
    if (this.#system === undefined || index === undefined) {
      return path;
    }
    return index === "0" ? this.#system : `messages[${Number(index) - 1}]${inside}`;
  }

  /** The error with the caller's path, in its words too; anything else as it is. */
  inCallersWords(error: unknown): unknown {
    if (!AditError.isInstance(error) || error.param === undefined || this.pathOf(error.param) === error.param) {
      return error;
    }
    const param = this.pathOf(error.param);
    const { status, retryable, remedy, aws, retryAfterSeconds } = error;
    return new AditError(error.code, error.message.replaceAll(error.param, param), {
      status,
      retryable,
      remedy: remedy.replaceAll(error.param, param),
      param,
      cause: error,
      ...(aws !== undefined && { aws }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
}
