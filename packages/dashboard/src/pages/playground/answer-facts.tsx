import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError } from "../../api/api-error.ts";
import { answerOf, useControl } from "../../api/control.ts";
import { countOf, dollarsOf } from "../../controls/show.tsx";
import { usualPrice, type Model } from "../models/catalog.ts";
import type { Answer } from "./chat-call.ts";

/** Times, tokens, cost, and what the gateway says of the way. */
export function AnswerFacts({ answer, model, models }: { answer: Answer; model: string; models: readonly Model[] }) {
  const { usage, firstMs, totalMs, finishReason, headers } = answer;
  const id = headers["x-adit-request-id"];
  const recorded = useRecordedCost(id);
  const facts = [
    firstMs === undefined ? undefined : `first word ${Math.round(firstMs)} ms`,
    totalMs === undefined ? undefined : `all ${Math.round(totalMs)} ms`,
    usage === undefined ? undefined : `${countOf(usage.prompt_tokens)} in, ${countOf(usage.completion_tokens)} out`,
    recorded ?? costOf(answer, model, models),
    finishReason === undefined ? undefined : `ended by ${finishReason}`,
    headers["x-adit-route"] === undefined ? undefined : `route ${headers["x-adit-route"]}`,
    headers["x-adit-region"],
    headers["x-adit-credential"] === undefined ? undefined : `signed by ${headers["x-adit-credential"]}`,
    headers["x-adit-dropped"] === undefined ? undefined : `left out: ${headers["x-adit-dropped"]}`,
  ].filter((fact) => fact !== undefined);
  return (
    <p className="chips" aria-label="About this answer">
      {facts.map((fact) => (
        <span key={fact} className="chip">
          {fact}
        </span>
      ))}
      {id !== undefined && (
        <Link to="/logs/$id" params={{ id }} className="chip">
          in the logs
        </Link>
      )}
    </p>
  );
}

const mostLooks = 6;
const lookMs = 500;

/** What the ledger says: exact, with the cache's own prices. It is there a moment after the answer has ended. */
function useRecordedCost(id: string | undefined): string | undefined {
  const control = useControl();
  const { data } = useQuery({
    queryKey: ["recorded-cost", id],
    enabled: id !== undefined,
    queryFn: () => answerOf(control.api.GET("/v1/logs/{log}", { params: { path: { log: id ?? "" } } })),
    retry: (failures, error) => failures < mostLooks && error instanceof ApiError && error.status === 404,
    retryDelay: lookMs,
    staleTime: Infinity,
  });
  if (data === undefined) return undefined;
  return data.cost === null ? "cost unknown" : `cost $${data.cost}${data.cost_is_estimate ? ", by estimate" : ""}`;
}

const perMillion = 1_000_000n;

/** Until the ledger has it: by the catalogue's usual price, and said to be. */
function costOf({ usage }: Answer, name: string, models: readonly Model[]): string | undefined {
  const model = models.find(({ id, inference_profiles }) => id === name || inference_profiles.includes(name));
  const price = model === undefined ? undefined : usualPrice(model);
  if (usage === undefined || price?.input === undefined || price.output === undefined) return "cost unknown";
  const { cached_tokens: cached = 0, cache_write_tokens: written = 0 } = usage.prompt_tokens_details ?? {};
  // Tokens of the cache have prices of their own, and which write it was is not told: no figure is better than a wrong one.
  if (cached > 0 || written > 0) return "cost unknown (cache)";
  const cost =
    BigInt(usage.prompt_tokens) * BigInt(price.input) + BigInt(usage.completion_tokens) * BigInt(price.output);
  return `${dollarsOf((cost + perMillion / 2n) / perMillion)} by list price`;
}
