/** For whoever watches the gateway. */
import { AditError } from "@adit/bedrock";
import { openGet } from "./open-get.ts";
import type { OpenRoute } from "./route.ts";

/**
 * `GET /health` (alive) and `GET /ready` (can serve). Neither asks for a key and neither says more than it must, nor may a
 * cache in between answer for them.
 * `isReady` says whether the store can be reached and has its newest schema; default: there is none.
 */
export function healthRoutes(isReady: () => Promise<boolean> | boolean = () => true): OpenRoute[] {
  return [
    {
      ...openGet("/health", (_incoming, reply) => {
        reply.header("cache-control", "no-store");
        reply.send(200, { status: "ok" });
      }),
      // Whoever restarts what is not alive must not cut a stop short; a load balancer looks at /ready.
      isForStopping: true,
    },
    openGet("/ready", async (_incoming, reply) => {
      reply.header("cache-control", "no-store");
      if (!(await isReady())) {
        throw new AditError("store_unavailable", "The store is not reachable, or its migrations are not done.", {
          retryAfterSeconds: 1,
        });
      }
      reply.send(200, { status: "ready", store: "reachable", migrations: "done" });
    }),
  ];
}
