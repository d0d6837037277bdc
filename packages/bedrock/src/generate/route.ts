import type { ModelFacts, ModelFamily } from "../models/model-facts.ts";

/** Which of Bedrock's two APIs answers: Converse, or InvokeModel with the family's native body. */
export type Route = "converse" | "invoke";

/** What the choice between Converse and InvokeModel looks at. */
export interface RouteQuestion {
  model: Pick<ModelFacts, "id" | "family">;
  /** The caller's word. */
  useConverse: boolean | undefined;
  /** Tools that Converse has a form for, or calls of such tools in the history. */
  hasTools: boolean;
  /** An object by a schema is asked for. */
  wantsObject: boolean;
  /** Claude's tool search, which Converse cannot carry. */
  hasToolSearch: boolean;
  /** Stop sequences, of a model with which Converse refuses them. */
  hasRefusedStops?: boolean;
}

/** The choice, and whether the other API may answer where this one cannot carry the request. */
export interface RouteChoice {
  route: Route;
  isFree: boolean;
}

/** Families that ReqLLM calls natively where nothing speaks against it. */
const nativeByDefault: ReadonlySet<ModelFamily> = new Set(["anthropic", "gpt-oss", "llama"]);

/**
 * ReqLLM's routing, so that its users find the calls they know: the caller's word; Converse for a model behind an ARN and for families other
 * than Claude, gpt-oss and Llama; InvokeModel for Claude's tool search; Converse with tools; else InvokeModel. Better than there: an object by
 * a schema goes by Converse, which carries every means for it, stop sequences by InvokeModel where Converse refuses them, and by the caller's word
 * every family can go natively.
 */
export function chooseRoute(question: RouteQuestion): RouteChoice {
  const { model, useConverse, hasTools, wantsObject, hasToolSearch, hasRefusedStops } = question;
  if (useConverse !== undefined) {
    return { route: useConverse ? "converse" : "invoke", isFree: false };
  }
  if (hasRefusedStops === true) {
    return { route: "invoke", isFree: true };
  }
  if (!nativeByDefault.has(model.family) || model.id.startsWith("arn:")) {
    return { route: "converse", isFree: true };
  }
  if (hasToolSearch) {
    return { route: "invoke", isFree: false };
  }
  return { route: hasTools || wantsObject ? "converse" : "invoke", isFree: true };
}
