import type { CancelSignal } from "../cancel-signal.ts";
import type { Buffer } from "node:buffer";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, parsedObject, type JsonObject } from "../json.ts";
import type { CredentialSource } from "../auth/credentials.ts";
import type { RetryPolicy } from "./attempts/retry.ts";
import type { TimeLimits } from "./transport/time-limits.ts";
import type { WholeReply } from "./replies/whole-reply.ts";

/** What every call to the control plane says. */
export interface ControlPlaneCall {
  region: string;
  credentials: CredentialSource;
  /** Replaces the endpoint; the region still signs. */
  baseUrl?: string;
  signal?: CancelSignal;
  /** Default: ten seconds to connect, a minute in all. */
  limits?: Partial<TimeLimits>;
  retry?: RetryPolicy;
}

/** `SYSTEM_DEFINED` for AWS's cross-region profiles, `APPLICATION` for an account's own. */
export type InferenceProfileType = "SYSTEM_DEFINED" | "APPLICATION";

/** An inference profile. Other fields of AWS's answer are kept. */
export interface InferenceProfile extends JsonObject {
  inferenceProfileArn: string;
  inferenceProfileId: string;
  /** The models behind it: one for each region that it may route to. */
  models: { modelArn: string }[];
}

/** A row of ListFoundationModels. Other fields of AWS's answer are kept. */
export interface FoundationModelSummary extends JsonObject {
  modelArn: string;
  modelId: string;
}

/** Filters of ListFoundationModels. */
export interface FoundationModelFilter {
  byProvider?: string;
  byOutputModality?: "TEXT" | "IMAGE" | "EMBEDDING";
  byInferenceType?: "ON_DEMAND" | "PROVISIONED";
}

/** A page of a listing. */
export interface Page<Item> {
  items: Item[];
  nextToken: string | undefined;
}

/** Reads GetInferenceProfile's answer. */
export function readInferenceProfile(whole: WholeReply): InferenceProfile {
  const value = parse(whole.body);
  if (!isInferenceProfile(value)) {
    throw unreadable("inference profile");
  }
  return value;
}

/** Reads a page of ListInferenceProfiles. */
export function readInferenceProfiles(whole: WholeReply): Page<InferenceProfile> {
  return readPage(parse(whole.body), "inferenceProfileSummaries", isInferenceProfile);
}

/** Reads ListFoundationModels' answer, which AWS does not page. */
export function readFoundationModels(whole: WholeReply): Page<FoundationModelSummary> {
  return readPage(parse(whole.body), "modelSummaries", isFoundationModel);
}

/** `?name=value&...` of the members that are given; empty for none. */
export function queryText(parameters: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const text = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return text === "" ? "" : `?${text}`;
}

function readPage<Item>(value: JsonObject, name: string, is: (item: unknown) => item is Item): Page<Item> {
  const items = value[name];
  if (!Array.isArray(items)) {
    throw unreadable(name);
  }
  const nextToken = value["nextToken"];
  return {
    items: (items as unknown[]).filter(is),
    nextToken: typeof nextToken === "string" && nextToken !== "" ? nextToken : undefined,
  };
}

function isInferenceProfile(value: unknown): value is InferenceProfile {
  return (
    isJsonObject(value) &&
    typeof value["inferenceProfileArn"] === "string" &&
    typeof value["inferenceProfileId"] === "string" &&
    Array.isArray(value["models"]) &&
    value["models"].every((model) => isJsonObject(model) && typeof model["modelArn"] === "string")
  );
}

function isFoundationModel(value: unknown): value is FoundationModelSummary {
  return isJsonObject(value) && typeof value["modelArn"] === "string" && typeof value["modelId"] === "string";
}

function parse(body: Buffer): JsonObject {
  const value = parsedObject(body.toString("utf8"));
  if (value === undefined) {
    throw unreadable("answer");
  }
  return value;
}

function unreadable(what: string): AditError {
  return new AditError("aws_error", `Bedrock's control plane answered with no ${what} that can be read.`);
}
