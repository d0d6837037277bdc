/** What a request's headers say that a connector has of its own, or has no use for. */
import { AditError } from "@adit/bedrock";
import { isCredentialField, regionAmong } from "@adit/bedrock/gateway";
import type { CallerHeaders } from "../http/request/caller-headers.ts";
import { isUnreadCredential } from "../routing/config/config-names.ts";
import { awsHeaders } from "../routing/plan/choose-credentials.ts";
import { flagFrom } from "../routing/request/body-fields.ts";
import {
  credentialPlaceIn,
  gatherParams,
  isFollowedByConnector,
  paramHeaders,
  type GatheredBody,
} from "../routing/request/keywords-params.ts";
import { slugOfProvider } from "../routing/request/named-keys.ts";
import { unkeptWish } from "../routing/request/request-fields.ts";

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

/**
 * What Keywords AI's headers say: whether the content may be kept, and nothing else.
 * @throws AditError `invalid_request` for one that holds a credential, or cannot be read: a credential may be in it.
 */
export function paramsFor(headers: CallerHeaders, maxDepth: number): GatheredBody | undefined {
  const gathered = gatherParams({}, headers, maxDepth, isFollowedByConnector);
  if (gathered !== undefined && credentialPlaceIn(gathered.body) !== undefined) {
    throw signsItself(paramHeaders.find((name) => headers.raw(name) !== undefined) ?? "");
  }
  if (gathered !== undefined) flagFrom(unkeptWish(gathered.body), "disable_log");
  return gathered;
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
