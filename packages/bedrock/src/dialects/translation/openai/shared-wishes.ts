/** Wishes that OpenAI's dialects spell alike: sampling, what is said of the request, and what users of Anthropic add. */
import type { JsonObject } from "../../../json.ts";
import type { CacheControl } from "../cache-marks.ts";
import type { ThinkingWish, Wishes } from "../wishes.ts";

/** Fields of a checked body. */
export interface SharedFields extends JsonObject {
  temperature?: number | null;
  top_p?: number | null;
  top_k?: number | null;
  stop?: string | string[] | null;
  thinking?: ThinkingWish | null;
  anthropic_beta?: string | string[] | null;
  anthropic_version?: string | null;
  metadata?: JsonObject | null;
  user?: string | null;
  /** Of the whole request: a cache mark on its last block. */
  cache_control?: CacheControl | null;
}

export function setSharedWishes(wishes: Wishes, body: SharedFields): void {
  wishes.temperature = body.temperature ?? undefined;
  wishes.topP = body.top_p ?? undefined;
  wishes.topK = body.top_k ?? undefined;
  wishes.stops = listOf(body.stop ?? undefined);
  wishes.thinking = withoutNulls(body.thinking ?? undefined);
  wishes.betas = betasOf(body.anthropic_beta ?? undefined);
  wishes.anthropicVersion = body.anthropic_version ?? undefined;
  wishes.metadata = body.metadata ?? undefined;
  wishes.user = body.user ?? undefined;
}

/** What goes on as it is: Claude refuses the null of a member that another kind of thinking has. */
function withoutNulls(thinking: ThinkingWish | undefined): ThinkingWish | undefined {
  for (const field in thinking) {
    if (thinking[field] === null) {
      return Object.fromEntries(Object.entries(thinking).filter(([, value]) => value !== null));
    }
  }
  return thinking;
}

function listOf(given: string | string[] | undefined): string[] | undefined {
  return typeof given === "string" ? [given] : given;
}

function betasOf(given: string | string[] | undefined): string[] | undefined {
  return typeof given === "string" ? given.split(",").map((flag) => flag.trim()) : given;
}
