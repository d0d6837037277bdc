import type { Clock } from "../clock.ts";
import { AditError } from "../errors/adit-error.ts";
import { chainLinks, type ChainContext, type FoundCredentials } from "./chain-links.ts";
import type { CredentialSource } from "./credentials.ts";
import { regionFromEnvironment, type Environment } from "./endpoints.ts";
import { RefreshingSource } from "./refreshing-source.ts";
import { aClock, anObject, aString, needMembers, type OptionForm } from "../known-options.ts";

export interface DefaultChainOptions {
  /**
   * AWS's standard variables. What AWS's package reads by itself comes from the process's environment whatever is given here:
   * the endpoints of STS, SSO and instance metadata, and the home folder of SSO's cache.
   */
  environment: Environment;
  clock: Clock;
  /** Where STS is called for a role or a web identity; the environment's by default, else us-east-1. */
  region?: string;
}

const optionForms: ReadonlyMap<string, OptionForm> = new Map([
  ["environment", anObject],
  ["clock", aClock],
  ["region", aString],
]);

/**
 * The server's own credentials, by AWS's standard means and its own package, which is loaded at the first `get` that needs it:
 * `AWS_BEARER_TOKEN_BEDROCK`, the key pair in the environment (unless `AWS_PROFILE` is set), the profile, web identity, a
 * container's endpoint, instance metadata (version 2 alone). The first that is set up decides: where it fails, none after it is asked.
 * Kept until five minutes before they expire. The label names the place once one is found, such as `server (environment)`.
 *
 * `get` rejects with AditError `no_credentials` where nothing is set up (within about a second, `AWS_EC2_METADATA_DISABLED=true`
 * at once), `incomplete_credentials` for half a pair, `api_key_expired`, and `credentials_unavailable` for what failed.
 */
export function defaultChain(options: DefaultChainOptions): CredentialSource {
  needMembers(options, optionForms, ["environment", "clock"], "defaultChain");
  let label = "server (AWS default chain)";
  const unanswered: ChainContext["unanswered"] = new Map();
  const source = new RefreshingSource({
    label,
    clock: options.clock,
    load: async () => {
      const found = await firstFound({
        environment: options.environment,
        clock: options.clock,
        unanswered,
        region: options.region ?? regionFromEnvironment(options.environment) ?? "us-east-1",
      });
      label = found.label;
      return found.credentials;
    },
  });
  return {
    get label() {
      return label;
    },
    get: (signal) => source.get(signal),
    invalidate: () => source.invalidate(),
  };
}

async function firstFound(context: ChainContext): Promise<FoundCredentials> {
  for (const link of chainLinks) {
    const found = await link(context);
    if (found !== undefined) {
      return found;
    }
  }
  throw new AditError(
    "no_credentials",
    "No AWS credential was found in AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, " +
      "the AWS profile, web identity, a container's endpoint or instance metadata.",
  );
}
