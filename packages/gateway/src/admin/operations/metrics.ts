/** `GET /metrics`, for Prometheus. */
import { z } from "zod";
import { metricsScope } from "../../access/principal.ts";
import { operation } from "../operation.ts";
import { named } from "../schemas/schema.ts";
import type { LogTools } from "./logs.ts";

const metricsPage = named("Metrics", z.string(), "adit_calls_total{...} 12\n");

export function metricsOperations({ metricsText }: Pick<LogTools, "metricsText">) {
  return [
    operation({
      id: "getMetrics",
      method: "GET",
      path: "/metrics",
      tag: "metrics",
      summary: "Counts of this gateway's calls, tokens, costs and times, in Prometheus's text format.",
      // Figures over all projects: for who watches the gateway.
      need: { scope: metricsScope, role: "admin", over: "gateway", forKeys: true },
      answer: metricsPage,
      contentTypes: ["text/plain"],
      run: () =>
        Promise.resolve({
          pour: (reply) => {
            reply.send(200, metricsText(), "text/plain; version=0.0.4; charset=utf-8");
            return Promise.resolve();
          },
        }),
    }),
  ];
}
