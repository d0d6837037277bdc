/** Tokens of Claude as bedrock-mantle counts them: AWS's only count for models that are called by profiles alone. */
import { AditError, mantlePlace, type CompatibleEndpoint, type PreparedCount } from "@adit/bedrock";
import { dropOldest, mantleCountOf } from "@adit/bedrock/gateway";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { Target } from "../../routing/plan/plan.ts";
import type { Settings } from "../../settings.ts";
import type { Signer } from "../../routing/plan/signer.ts";
import type { TargetWay } from "../journey.ts";

export interface MantleCountDependencies {
  endpoint: Pick<CompatibleEndpoint, "send">;
  routing: { settings: Pick<Settings, "environment"> };
  now: () => number;
}

/** One target's count. */
export interface Counting {
  target: Pick<Target, "model" | "region" | "baseUrl">;
  way: Pick<TargetWay, "signal" | "forwardHeaders" | "onAttempt" | "tap">;
  facts: RequestFacts;
  signer: Signer;
}

/** A count is worth no long wait: an estimate is at hand. */
const limits = { connectMs: 2_000, firstByteMs: 10_000, totalMs: 10_000 };
/** How long a region's endpoint that was not reached is not asked again: there may be none, or a firewall may stand before it. */
const unreachedMs = 300_000;
const mostUnreached = 1_000;

export class MantleCounts {
  readonly #deps: MantleCountDependencies;
  /** When endpoints may be asked again: a host of the caller's own teaches nothing of AWS's. */
  readonly #unreached = new Map<string, number>();

  constructor(deps: MantleCountDependencies) {
    this.#deps = deps;
  }

  /** Undefined where no count can be had: for another family, in a region without the endpoint, for credentials that may not. */
  async count(
    { target, way, facts, signer: { standIn, credentials } }: Counting,
    { native, model }: PreparedCount,
  ): Promise<number | undefined> {
    const count = native === undefined ? undefined : mantleCountOf(native, model);
    const endpointUrl = standIn?.url ?? target.baseUrl;
    const place = `${target.region} ${endpointUrl ?? ""}`;
    if (count === undefined || !this.#mayAsk(target, place)) return undefined;
    const { betas } = count;
    try {
      const { answer, requestId } = await this.#deps.endpoint.send({
        format: "message-count",
        basePath: "/anthropic/v1",
        region: target.region,
        credentials,
        endpointUrl,
        body: count.body,
        headers: {
          ...way.forwardHeaders,
          "anthropic-version": "2023-06-01",
          ...(betas.length > 0 && { "anthropic-beta": betas.join(",") }),
        },
        signal: way.signal,
        limits,
        retry: { attempts: 0, maxTotalMs: 0 },
        onAttempt: way.onAttempt,
        tap: way.tap,
      });
      facts.route = standIn === undefined ? "anthropic" : "emulator";
      facts.credential = credentials.label;
      facts.modelUsed = count.model;
      facts.upstreamRequestId = requestId;
      return Number(answer["input_tokens"]);
    } catch (error) {
      // A fault of the gateway's own is no answer of bedrock-mantle's.
      if (way.signal.aborted || !AditError.isInstance(error)) throw error;
      this.#learn(error, place);
      return undefined;
    }
  }

  #learn({ code }: AditError, place: string): void {
    if (code !== "upstream_unreachable" && code !== "first_byte_timeout") return;
    this.#unreached.set(place, this.#deps.now() + unreachedMs);
    dropOldest(this.#unreached, mostUnreached);
  }

  #mayAsk(target: Counting["target"], place: string): boolean {
    if (this.#deps.now() < (this.#unreached.get(place) ?? 0)) return false;
    return mantlePlace(target.model) !== undefined || !this.#isElsewhere(target);
  }

  /** An operator whose calls of bedrock-runtime go to another host has not asked for AWS's own. */
  #isElsewhere({ baseUrl }: Counting["target"]): boolean {
    const { environment } = this.#deps.routing.settings;
    const isSet = (name: string): boolean => (environment[name] ?? "") !== "";
    const hasMantle = isSet("ADIT_ENDPOINT_URL_MANTLE") || isSet("AWS_ENDPOINT_URL");
    return baseUrl !== undefined || (isSet("AWS_ENDPOINT_URL_BEDROCK_RUNTIME") && !hasMantle);
  }
}
