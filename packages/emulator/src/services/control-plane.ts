import { foundationModel, inferenceProfile, inferenceProfiles, listFoundationModels } from "../model-list/models.ts";
import { jsonReply, refusalReply, type Reply } from "../server/reply.ts";
import type { ControlOperation } from "../server/routes.ts";

export interface ControlCall {
  operation: ControlOperation;
  /** Decoded; empty for the lists. */
  id: string;
  /** As on the wire, without the question mark. */
  query: string;
  region: string;
  account: string;
}

/** The control plane: service `bedrock`. */
export function answerControlPlane(call: ControlCall): Reply {
  const { id, region, account } = call;
  const query = new URLSearchParams(call.query);
  switch (call.operation) {
    case "ListFoundationModels":
      return listModels(query, region);
    case "GetFoundationModel": {
      const modelDetails = foundationModel(id, region);
      return modelDetails === undefined ? invalidModel() : jsonReply({ modelDetails });
    }
    case "ListInferenceProfiles":
      return listProfiles(query, region, account);
    case "GetInferenceProfile": {
      const profile = inferenceProfile(id, region, account);
      return profile === undefined ? noProfile(id) : jsonReply(profile);
    }
  }
}

/** Query names of ListFoundationModels, the member that each is compared with, and what AWS takes (service model of `bedrock`). */
const modelFilters: readonly { name: string; member: string; values?: readonly string[] }[] = [
  { name: "byProvider", member: "providerName" },
  {
    name: "byCustomizationType",
    member: "customizationsSupported",
    values: ["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"],
  },
  { name: "byOutputModality", member: "outputModalities", values: ["TEXT", "IMAGE", "EMBEDDING"] },
  { name: "byInferenceType", member: "inferenceTypesSupported", values: ["ON_DEMAND", "PROVISIONED"] },
];

function listModels(query: URLSearchParams, region: string): Reply {
  let models = listFoundationModels(region) as Record<string, unknown>[];
  for (const { name, member, values } of modelFilters) {
    const wanted = query.get(name);
    if (wanted === null) {
      continue;
    }
    if (values !== undefined && !values.includes(wanted)) {
      return constraintReply(wanted, name, `Member must satisfy enum value set: [${values.join(", ")}]`);
    }
    models = models.filter((model) => holds(model[member], wanted));
  }
  return jsonReply({ modelSummaries: models });
}

function holds(value: unknown, wanted: string): boolean {
  return Array.isArray(value)
    ? value.includes(wanted)
    : typeof value === "string" && value.toLowerCase() === wanted.toLowerCase();
}

const profileTypes = ["SYSTEM_DEFINED", "APPLICATION"];
const longestPage = 1_000;

function listProfiles(query: URLSearchParams, region: string, account: string): Reply {
  const type = query.get("type");
  if (type !== null && !profileTypes.includes(type)) {
    return constraintReply(type, "typeEquals", `Member must satisfy enum value set: [${profileTypes.join(", ")}]`);
  }
  const size = Number(query.get("maxResults") ?? longestPage);
  if (!Number.isInteger(size) || size < 1 || size > longestPage) {
    const rule = size < 1 ? "greater than or equal to 1" : `less than or equal to ${longestPage}`;
    return constraintReply(String(query.get("maxResults")), "maxResults", `Member must have value ${rule}`);
  }
  const start = pageStart(query.get("nextToken"));
  if (start === undefined) {
    return refusalReply({ status: 400, errorType: "ValidationException", message: "The nextToken is invalid." });
  }
  const profiles = (inferenceProfiles(region, account) as Record<string, unknown>[]).filter(
    (profile) => type === null || profile["type"] === type,
  );
  const end = start + size;
  return jsonReply({
    inferenceProfileSummaries: profiles.slice(start, end),
    ...(end < profiles.length && { nextToken: Buffer.from(`from:${end}`).toString("base64url") }),
  });
}

function pageStart(token: string | null): number | undefined {
  if (token === null) {
    return 0;
  }
  const text = /^from:(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString("utf8"))?.[1];
  return text === undefined ? undefined : Number(text);
}

function constraintReply(value: string, path: string, rule: string): Reply {
  const message = `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ${rule}`;
  return refusalReply({ status: 400, errorType: "ValidationException", message });
}

function invalidModel(): Reply {
  const message = "The provided model identifier is invalid.";
  return refusalReply({ status: 400, errorType: "ValidationException", message });
}

function noProfile(id: string): Reply {
  const message = `The inference profile ${id} could not be found.`;
  return refusalReply({ status: 404, errorType: "ResourceNotFoundException", message });
}
