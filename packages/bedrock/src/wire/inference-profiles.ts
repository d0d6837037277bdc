import { identityHash } from "../auth/identity-hash.ts";
import { systemClock, type Clock } from "../clock.ts";
import { AditError } from "../errors/adit-error.ts";
import { geographyOfRegions } from "../models/geography.ts";
import { parseModelArn } from "../models/model-arn.ts";
import type { ControlPlaneCall, InferenceProfile } from "./control-plane.ts";

type FetchProfile = (id: string, call: ControlPlaneCall) => Promise<InferenceProfile>;

interface Entry {
  profile: Promise<InferenceProfile | undefined>;
  /** Milliseconds since 1970; Infinity while the call is under way. */
  until: number;
}

/** What a profile routes to does not change; an hour bounds how long a deleted one lives on here. */
const knownForMs = 3_600_000;
/** A missing permission or an unknown id is asked for again after this long. */
const unknownForMs = 300_000;
const entryLimit = 1_000;
/** The answer is a hint: nobody waits long for it. */
const limits = { connectMs: 3_000, firstByteMs: 5_000, totalMs: 5_000 } as const;

/**
 * What inference profiles stand for, by GetInferenceProfile: asked once for an id, one call under a burst, kept for an hour. The answer is never
 * needed to call a model, and `bedrock:GetInferenceProfile` is often not allowed: a failure is no error but `undefined`, and is
 * kept for five minutes.
 */
export class InferenceProfiles {
  readonly #fetch: FetchProfile;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(fetch: FetchProfile, clock: Clock = systemClock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** The profile behind an id or ARN; undefined where AWS does not tell. The signal of `call` is not used: others may wait for the same answer. */
  async resolve(
    id: string,
    call: Omit<ControlPlaneCall, "signal" | "limits" | "retry">,
  ): Promise<InferenceProfile | undefined> {
    const key = [call.baseUrl ?? "", call.region, identityHash(await call.credentials.get()), id].join("\n");
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > this.#clock.now()) {
      return known.profile;
    }
    this.#makeRoom();
    const { region, credentials, baseUrl } = call;
    const asked: ControlPlaneCall = { region, credentials, limits, retry: { attempts: 0, maxTotalMs: 0 } };
    if (baseUrl !== undefined) {
      asked.baseUrl = baseUrl;
    }
    const entry: Entry = { profile: Promise.resolve(undefined), until: Infinity };
    entry.profile = this.#ask(id, asked, entry);
    this.#entries.set(key, entry);
    return entry.profile;
  }

  async #ask(id: string, call: ControlPlaneCall, entry: Entry): Promise<InferenceProfile | undefined> {
    try {
      const profile = await this.#fetch(id, call);
      entry.until = this.#clock.now() + knownForMs;
      return profile;
    } catch (error) {
      entry.until = this.#clock.now() + unknownForMs;
      if (AditError.isInstance(error)) {
        return undefined;
      }
      throw error;
    }
  }

  #makeRoom(): void {
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < entryLimit) {
        return;
      }
      this.#entries.delete(oldest);
    }
  }
}

/**
 * What stands behind a profile, named as one calls it: `anthropic.claude-haiku-4-5-20251001-v1:0`, or with the geography that it routes over,
 * `eu.anthropic.claude-haiku-4-5-20251001-v1:0`: it is priced so. Undefined where its ARNs name no foundation model.
 */
export function modelBehind(profile: InferenceProfile): string | undefined {
  const arns = profile.models.map(({ modelArn }) => parseModelArn(modelArn));
  const model = arns[0]?.resourceType === "foundation-model" ? arns[0].resourceId : undefined;
  if (model === undefined) {
    return undefined;
  }
  const geography = geographyOfRegions(arns.map((arn) => arn?.region ?? ""));
  return geography === undefined ? model : `${geography}.${model}`;
}
