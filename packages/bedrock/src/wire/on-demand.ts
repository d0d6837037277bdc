import { profileIdFor, stripGeography } from "../models/geography.ts";
import { AditError } from "../errors/adit-error.ts";

/** AWS's words: `Invocation of model ID X with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile ...`. */
const refusalWords = /on-demand throughput isn.t supported/i;
const rememberLimit = 1_000;

/**
 * The profiles that stand in for models that AWS refuses on demand. Only after AWS's own refusal, only the geography of the caller's
 * region, never `global.`.
 */
export class OnDemandProfiles {
  readonly #remembered = new Map<string, string>();

  /** The profile that served this model at this place before. */
  remembered(place: string, model: string): string | undefined {
    return this.#remembered.get(`${place}\n${model}`);
  }

  remember(place: string, model: string, profile: string): void {
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size < rememberLimit) {
        break;
      }
      this.#remembered.delete(oldest);
    }
    this.#remembered.set(`${place}\n${model}`, profile);
  }
}

/** The profile to try after `error`; undefined where the error is another, or the model is an ARN, a profile already, or has none here. */
export function profileAfterRefusal(error: unknown, model: string, region: string): string | undefined {
  if (!AditError.isInstance(error) || error.status !== 400 || !refusalWords.test(error.message)) {
    return undefined;
  }
  if (model.startsWith("arn:") || stripGeography(model).geography !== undefined) {
    return undefined;
  }
  const profile = profileIdFor(model, region);
  return profile === undefined || profile.startsWith("global.") ? undefined : profile;
}

/** True where the profile's own refusal says that it cannot be used here: the caller, who never named it, gets the first refusal instead. */
export function isProfileRefused(error: unknown): boolean {
  return AditError.isInstance(error) && error.aws !== undefined && [400, 403, 404].includes(error.status);
}
