/** What a request's headers say that a connector has of its own, or has no use for. */
import { AditError } from "@adit/bedrock";
import { isCredentialField, regionAmong } from "@adit/bedrock/gateway";
import type { CallerHeaders } from "../http/request/caller-headers.ts";
import { isUnreadCredential } from "../routing/config/config-names.ts";
import { awsHeaders } from "../routing/plan/choose-credentials.ts";
import { slugOfProvider } from "../routing/request/named-keys.ts";

/** Wishes of model calls that a connector's call does not know. */
const unused = ["config", "cache", "custom-host", "retry-count"];

/**
 * The headers that are not followed.
 * @throws AditError `invalid_request` for one that says who signs: passed over, another account would pay.
 */
export function unusedHeaders(headers: CallerHeaders): string[] {
  const ofAws = awsHeaders(headers) ?? {};
  const region = regionAmong(ofAws)?.name;
  const signing =
    Object.keys(ofAws).find((name) => name !== region && (isCredentialField(name) || isUnreadCredential(name))) ??
    (headers.get("virtual-key") === undefined ? undefined : "virtual-key") ??
    (slugOfProvider(headers.get("provider")) === undefined ? undefined : "provider");
  if (signing !== undefined) throw signsItself(signing);
  return [...unused.filter((name) => headers.get(name) !== undefined), ...(region === undefined ? [] : [region])];
}

function signsItself(name: string): AditError {
  const shown = name.slice(0, 64);
  return new AditError(
    "invalid_request",
    `The header ${shown} says who signs, and a connector's calls have its own credential.`,
    {
      param: shown,
      remedy: "Leave it out, change the connector, or call the model by /model/{id}/invoke.",
    },
  );
}
