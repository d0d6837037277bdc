import { countOf, dollarsOf } from "../../controls/show.tsx";
import { usualPrice, type Model } from "../models/catalog.ts";
import type { Answer } from "./chat-call.ts";

/** Times, tokens, cost, and what the gateway says of the way. */
export function AnswerFacts({ answer, model, models }: { answer: Answer; model: string; models: readonly Model[] }) {
  const { usage, firstMs, totalMs, finishReason, headers } = answer;
  const facts = [
    firstMs === undefined ? undefined : `first word ${Math.round(firstMs)} ms`,
    totalMs === undefined ? undefined : `all ${Math.round(totalMs)} ms`,
    usage === undefined ? undefined : `${countOf(usage.prompt_tokens)} in, ${countOf(usage.completion_tokens)} out`,
    costOf(answer, model, models),
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
    </p>
  );
}

const perMillion = 1_000_000n;

/** The gateway's own figure where it gives one; else by the catalogue's usual price, and said to be. */
function costOf({ usage, headers }: Answer, name: string, models: readonly Model[]): string | undefined {
  const told = headers["x-adit-cost"];
  if (told !== undefined) return `cost ${told}`;
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
