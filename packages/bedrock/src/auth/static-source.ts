import type { Clock } from "../clock.ts";
import { AditError } from "../errors/adit-error.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";
import { isJsonObject } from "../json.ts";
import { aClock } from "../known-options.ts";

/**
 * A source of the same credentials always, such as those of a request.
 * `get` rejects with AditError `api_key_expired` where a short-term Bedrock API key is past the expiry written in it,
 * before anything is sent.
 */
export function staticSource(credentials: Credentials, label: string, clock: Clock): CredentialSource {
  const isCredential = isJsonObject(credentials) && ["keys", "bearer"].includes(credentials.kind);
  if (!isCredential || typeof label !== "string" || !aClock.fits(clock)) {
    throw new AditError("invalid_request", "staticSource must be given credentials of a kind, a label and a clock.", {
      remedy:
        "Make a key with bearerKey, or a pair of kind `keys`; a label is any name, and the clock may be systemClock.",
    });
  }
  return {
    label,
    get: () => {
      const { expiresAt } = credentials;
      if (credentials.kind === "bearer" && expiresAt !== undefined && expiresAt <= clock.now()) {
        const when = new Date(expiresAt).toISOString();
        return Promise.reject(new AditError("api_key_expired", `The Bedrock API key (${label}) expired at ${when}.`));
      }
      return Promise.resolve(credentials);
    },
    // There are no others to bring: AWS's refusal stands.
    invalidate: () => {},
  };
}
