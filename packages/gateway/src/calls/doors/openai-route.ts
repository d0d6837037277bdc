import type { Route } from "../../http/routes/route.ts";
import type { CallDialect } from "../call-dialect.ts";
import { modelRoute, type ModelCallDependencies } from "../model-call.ts";

/** The header in which OpenAI's clients look for the request's id. */
export const requestIdHeader = "x-request-id";

/** The route of a dialect of OpenAI's. */
export function openAiRoute<Request>(path: string, dialect: CallDialect<Request>, deps: ModelCallDependencies): Route {
  return { ...modelRoute(path, dialect, deps), requestIdHeader };
}
