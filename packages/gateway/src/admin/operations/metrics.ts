/** `GET /metrics`, for Prometheus. */
import { z } from "zod";
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
      // Figures over all projects, and names of models alone: for who watches the gateway.
      need: { scope: "metrics.read", role: "viewer", over: "gateway" },
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
