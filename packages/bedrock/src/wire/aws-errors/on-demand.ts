import type { CredentialSource } from "../../auth/credentials.ts";
import { identityHash } from "../../auth/identity-hash.ts";
import type { Clock } from "../../clock.ts";
import { AditError } from "../../errors/adit-error.ts";
import { HourMemory } from "../../memory/hour-memory.ts";
import { profileIdFor } from "../../models/geography.ts";

/**
 * AWS's words: `Invocation of model ID X with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference
 * profile ...`.
 */
const refusalWords = /on-demand throughput isn.t supported/i;
/** Limits: pairs of a model and a place, and accounts for each of them. */
const most = { places: 1_000, names: 200 };

/**
 * The profiles that stand in for models that AWS refuses on demand. Only after AWS's own refusal, only the geography of the caller's
 * region, never `global.`; only for the credentials that were refused, since another account may be served on demand, or may not use the
 * profile. Kept for an hour.
 */
export class OnDemandProfiles {
  /** By model and place, then by whose credentials they are. */
  readonly #profiles: HourMemory<string>;

  constructor(clock: Clock) {
    this.#profiles = new HourMemory(clock, most);
  }

  /** The profile that served this model at this place before; undefined at once where none has served anybody. */
  remembered(place: string, model: string, credentials: CredentialSource): Promise<string | undefined> | undefined {
    const key = `${place}\n${model}`;
    return this.#profiles.has(key) ? this.#among(key, credentials) : undefined;
  }

  async remember(place: string, model: string, credentials: CredentialSource, profile: string): Promise<void> {
    const account = await accountOf(credentials);
    if (account !== undefined) {
      this.#profiles.keep(`${place}\n${model}`, account, profile);
    }
  }

  async #among(key: string, credentials: CredentialSource): Promise<string | undefined> {
    const account = await accountOf(credentials);
    return account === undefined ? undefined : this.#profiles.get(key, account);
  }
}

/** Undefined where there are no credentials: the call itself says why. */
async function accountOf(credentials: CredentialSource): Promise<string | undefined> {
  try {
    return identityHash(await credentials.get());
  } catch {
    return undefined;
  }
}

/** The profile to try after `error`; undefined where the error is another, or the model is an ARN, a profile already, or has none here. */
export function profileAfterRefusal(error: unknown, model: string, region: string): string | undefined {
  if (!AditError.isInstance(error) || error.status !== 400 || !refusalWords.test(error.message)) {
    return undefined;
  }
  return profileIdFor(model, region);
}

/** True where the profile's own refusal says that it cannot be used here: the caller, who never named it, gets the first refusal instead. */
export function isProfileRefused(error: unknown): boolean {
  return AditError.isInstance(error) && error.aws !== undefined && [400, 403, 404].includes(error.status);
}
