/**
 * Ids of calls in the letters that Anthropic's have, `[a-zA-Z0-9_-]`. Those of other models may have dots and colons (recorded with Kimi:
 * `functions.f:0`), and there are clients that clean such an id in the result alone, so that the call has none (LibreChat's agents 3.9).
 * The model gets its own id back: Kimi's template shows a call by its id, and by no other name.
 */
import type { ModelFacts } from "../../models/model-facts.ts";

const fitting = /^[a-zA-Z0-9_-]*$/;
const prefix = "id-";
const pairs = /-[-dc]/g;

/** The id as the caller gets it. */
export function shownCallId(id: string): string {
  if (fitting.test(id)) {
    return id;
  }
  const shown = id.replace(/[-.:]/g, (sign) => (sign === "." ? "-d" : sign === ":" ? "-c" : "--"));
  return fitting.test(shown) ? `${prefix}${shown}` : id;
}

/** The id that the model gave, for a model that takes it back; Claude takes the one that is shown. */
export function ownCallId(shown: string, { toolIds }: Pick<ModelFacts, "toolIds">): string {
  if (toolIds !== "any" || !isWritten(shown)) {
    return shown;
  }
  return shown.slice(prefix.length).replace(pairs, (pair) => (pair === "-d" ? "." : pair === "-c" ? ":" : "-"));
}

/** In steps: one pattern for all of it would overflow the stack at some megabytes. */
function isWritten(shown: string): boolean {
  return (
    shown.startsWith(prefix) &&
    fitting.test(shown) &&
    /-[dc]/.test(shown.slice(prefix.length)) &&
    !shown.slice(prefix.length).replace(pairs, "").includes("-")
  );
}
