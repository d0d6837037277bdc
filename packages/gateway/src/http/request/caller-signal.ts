/** The signal that a request's caller has left, as light as it can be. */
import type { AditError, CancelListener, CancelSignal } from "@adit/bedrock";

export class CallerSignal implements CancelSignal {
  /** Why it aborted; undefined until then. */
  reason: AditError | undefined;
  #listeners: CancelListener[] | undefined;

  get aborted(): boolean {
    return this.reason !== undefined;
  }

  addEventListener(_type: "abort", listener: CancelListener): void {
    if (this.reason !== undefined) return;
    // Most have one: an array that grows has room for many.
    if (this.#listeners === undefined) this.#listeners = [listener];
    else this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: CancelListener): void {
    const index = this.#listeners?.indexOf(listener) ?? -1;
    if (index !== -1) this.#listeners?.splice(index, 1);
  }

  /** Tells every listener, once. Only the first reason counts. */
  abort(reason: AditError): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) {
      if (typeof listener === "function") listener();
      else listener.handleEvent();
    }
  }
}
