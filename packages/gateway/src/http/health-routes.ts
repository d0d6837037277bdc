/** For whoever watches the gateway, and for whoever opens it in a browser. */
import { AditError, openAiErrorBody } from "@adit/bedrock";
import type { OpenRoute } from "./route.ts";

/**
 * `GET /health` (alive), `GET /ready` (can serve) and `GET /`. None asks for a key and none says more than it must.
 * `isReady` says whether what the gateway stands on can be reached; default: there is nothing.
 */
export function healthRoutes(isReady: () => Promise<boolean> | boolean = () => true): OpenRoute[] {
  return [
    {
      ...openGet("/health", (reply) => {
        reply.send(200, { status: "ok" });
      }),
      // Whoever restarts what is not alive must not cut a stop short; a load balancer looks at /ready.
      isForStopping: true,
    },
    openGet("/ready", async (reply) => {
      if (!(await isReady())) {
        throw new AditError("overloaded", "The gateway is not ready to serve.", { retryAfterSeconds: 1 });
      }
      reply.send(200, { status: "ready" });
    }),
    openGet("/", (reply) => {
      reply.send(200, { name: "Adit", docs: "/docs/", index: "/llms.txt", api: "/v1", health: "/health" });
    }),
  ];
}

function openGet(path: string, answer: (reply: Parameters<OpenRoute["handle"]>[1]) => void | Promise<void>): OpenRoute {
  return {
    method: "GET",
    path,
    access: "open",
    errorBody: openAiErrorBody,
    handle: async (_incoming, reply) => {
      await answer(reply);
    },
  };
}
