import type { CredentialSource } from "../auth/credentials.ts";
import { checkRegion, type Environment } from "../auth/endpoints.ts";
import { retryPolicyFrom, timeLimitsFrom } from "../call-limits.ts";
import type { CancelSignal } from "../cancel-signal.ts";
import type { BedrockClient, RetryPolicy, TimeLimits } from "../client.ts";
import { parseModelArn } from "../models/model-arn.ts";
import type { NamedModel } from "./model-reference.ts";
import { objectOf, wrong } from "./option-values.ts";
import { keptKey } from "./put-key.ts";
import type { ReadOptions } from "./read-options.ts";
import { connectionsOf } from "./shared-connections.ts";

/** Where a call goes, and how. */
export interface GenerationTarget {
  client: BedrockClient;
  model: string;
  region: string;
  credentials: CredentialSource;
  signal?: CancelSignal;
  retry?: RetryPolicy;
  limits?: Partial<TimeLimits>;
}

/** Region and credential of a call; the region is the ARN's, the option's, the kept key's, or the environment's. */
export async function targetOf(named: NamedModel, read: ReadOptions): Promise<GenerationTarget> {
  const connections = connectionsOf(objectOf(read, "environment") as Environment | undefined);
  const kept = read.credential === undefined ? keptKey() : undefined;
  const ofArn = parseModelArn(named.id)?.region;
  const told = read.region ?? kept?.region;
  const region = ofArn === undefined || ofArn === "" ? (told ?? (await connections.ownRegion())) : checkRegion(ofArn);
  const label = kept === undefined ? "options" : "kept key";
  const signal = signalOf(read);
  return {
    client: connections.client,
    model: named.id,
    region,
    credentials: connections.sourceOf(read.credential ?? kept, label, told),
    ...(signal !== undefined && { signal }),
    ...tryingOf(read),
  };
}

/** How often and how long it is tried. */
function tryingOf(read: ReadOptions): Pick<GenerationTarget, "retry" | "limits"> {
  const retry = objectOf(read, "retry") as Partial<RetryPolicy> | undefined;
  const limits = objectOf(read, "limits") as Partial<TimeLimits> | undefined;
  return {
    ...(retry !== undefined && { retry: retryPolicyFrom(retry, read.values.get("retry")?.path ?? "retry") }),
    ...(limits !== undefined && { limits: timeLimitsFrom(limits, read.values.get("limits")?.path ?? "limits") }),
  };
}

function signalOf({ values }: ReadOptions): AbortSignal | undefined {
  const given = values.get("signal");
  if (given === undefined || given.value instanceof AbortSignal) {
    return given?.value as AbortSignal | undefined;
  }
  throw wrong(given, "an AbortSignal");
}
