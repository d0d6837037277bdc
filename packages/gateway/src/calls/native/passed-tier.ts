import { isJsonObject, type JsonObject } from "@adit/bedrock";
import { parsedObject } from "@adit/bedrock/gateway";
import { tierAsked, type HeaderReader } from "../../ledger/cost/tier-asked.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { mayHaveMember } from "./passed-call.ts";

/** What asks for a service in the bodies of Converse and of the models. */
const members = ["serviceTier", "service_tier", "performanceConfig"];

/** Which of AWS's two operations was called, and with which headers. */
export interface PassedRequest {
  api: "converse" | "invoke";
  header?: HeaderReader;
}

/**
 * Where AWS does not say at what tier it served, that counts which was asked for, as in every other dialect; but only where AWS reads it.
 * In another place it would make a call half as dear as it is.
 */
export function noteTierAsked(facts: RequestFacts, sent: Buffer | string, { api, header }: PassedRequest): void {
  if (facts.tier !== undefined) return;
  const bytes = typeof sent === "string" ? Buffer.from(sent) : sent;
  const body = members.some((name) => mayHaveMember(bytes, name)) ? parsedObject(bytes.toString("utf8")) : undefined;
  facts.tier = api === "converse" ? tierAsked(ofConverse(body ?? {})) : tierOfModel(body ?? {}, header);
}

/** Converse has no headers for it, and passes over members that are not its own. */
function ofConverse({ serviceTier, performanceConfig }: JsonObject): JsonObject {
  return {
    ...(isJsonObject(serviceTier) && { serviceTier }),
    ...(performanceConfig !== undefined && { performanceConfig }),
  };
}

/** InvokeModel reads its headers. Whether a model reads its body for it is not told: what is cheaper does not count there. */
function tierOfModel(body: JsonObject, header: HeaderReader | undefined): ReturnType<typeof tierAsked> {
  const inHeader = tierAsked({}, header);
  const inBody = tierAsked(body);
  return inHeader === "standard" && inBody !== "flex" ? inBody : inHeader;
}
