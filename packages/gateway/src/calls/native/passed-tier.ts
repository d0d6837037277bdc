import { parsedObject } from "@adit/bedrock/gateway";
import { tierAsked, type HeaderReader } from "../../ledger/cost/tier-asked.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { mayHaveMember } from "./passed-call.ts";

/** What asks for a service in the bodies of Converse and of the models. */
const members = ["serviceTier", "service_tier", "performanceConfig"];

/** Where AWS does not say at what tier it served, that counts which was asked for, as in every other dialect. */
export function noteTierAsked(facts: RequestFacts, sent: Buffer | string, header?: HeaderReader): void {
  if (facts.tier !== undefined) return;
  const bytes = typeof sent === "string" ? Buffer.from(sent) : sent;
  const body = members.some((name) => mayHaveMember(bytes, name)) ? parsedObject(bytes.toString("utf8")) : undefined;
  const asked = tierAsked(body ?? {}, header);
  if (asked !== "standard") facts.tier = asked;
}
