import { openAiErrorBody } from "@adit/bedrock";
import type { Incoming, OpenRoute, Reply } from "./route.ts";

/** A route that anyone may read. */
export function openGet(path: string, answer: (incoming: Incoming, reply: Reply) => void | Promise<void>): OpenRoute {
  return {
    method: "GET",
    path,
    access: "open",
    errorBody: openAiErrorBody,
    handle: async (incoming, reply) => {
      await answer(incoming, reply);
    },
  };
}
