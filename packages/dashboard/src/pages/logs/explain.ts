/** What a record says, in sentences: why it failed, was throttled, cost what it did, took as long as it did. */
import type { LogDetail } from "../../api/objects.ts";
import { secondsOf } from "./log-columns.tsx";
import type { Content } from "./log-content.tsx";

export function explain(log: LogDetail): string[] {
  return [outcome(log), ...way(log), time(log), money(log)].filter((line) => line !== undefined);
}

function outcome(log: LogDetail): string {
  const { response_status_code: status, error, aws_error, stop_reason, attempts } = log;
  if (log.is_success) {
    return `It was answered${stop_reason === null ? "" : `, and the model ended by ${stop_reason}`}.`;
  }
  const said = saidOf(log) ?? aws_error ?? attempts.findLast((attempt) => attempt.error !== null)?.error ?? undefined;
  const reason = said === error ? undefined : said;
  const words = [
    status === 429 ? "It was throttled" : `It failed with ${status}`,
    error === null ? "" : `: ${error}`,
    log.param === null ? "" : `, at ${log.param}`,
    reason === undefined ? "" : `. ${reason}`,
  ];
  return `${words.join("").replace(/\.$/, "")}.`;
}

/** What the caller was told, where it is kept. */
function saidOf({ content }: LogDetail): string | undefined {
  const text = (content as Content | null)?.response?.text;
  if (text === undefined || text === null) return undefined;
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof error?.message === "string" ? error.message : undefined;
  } catch {
    return undefined;
  }
}

function way({ attempts, cache_status, circuits_open }: LogDetail): string[] {
  const throttled = attempts.filter(({ status }) => status === 429).length;
  const isHit = cache_status === "HIT" || cache_status === "SEMANTIC HIT";
  return [
    isHit ? "The answer came from the cache: AWS was not asked." : undefined,
    attempts.length > 1
      ? `It took ${attempts.length} attempts${throttled > 0 ? `, of which AWS throttled ${throttled}` : ""}.`
      : undefined,
    circuits_open.length > 0 ? `Passed over, for their circuits were open: ${circuits_open.join(", ")}.` : undefined,
  ].filter((line) => line !== undefined);
}

function time({ timings: { total_ms, upstream_ms, first_token_ms, queue_ms } }: LogDetail): string {
  const parts = [
    upstream_ms === null ? undefined : `by its own count AWS took ${secondsOf(upstream_ms)}`,
    first_token_ms === null ? undefined : `the first word came after ${secondsOf(first_token_ms)}`,
    queue_ms === null || queue_ms < 10 ? undefined : `it waited ${secondsOf(queue_ms)} before it was sent`,
  ].filter((part) => part !== undefined);
  return `It took ${secondsOf(total_ms)}${parts.length === 0 ? "" : `; ${parts.join(", ")}`}.`;
}

function money({ cost, cost_is_estimate, cost_missing, cost_parts }: LogDetail): string | undefined {
  if (cost === null) {
    return cost_missing.length === 0 ? undefined : `What it cost is not known: ${cost_missing.join("; ")}.`;
  }
  const [dearest] = Object.entries(cost_parts).toSorted(([, one], [, other]) => Number(other) - Number(one));
  return `It cost $${cost}${cost_is_estimate ? ", by estimate" : ""}${dearest === undefined ? "" : `, most of it for ${dearest[0].replaceAll("_", " ")}`}.`;
}
