/** What an answer used which told that it failed, and what it used. Pure. */
import type { PriceTable } from "@adit/bedrock";
import { isFreeOfCharge, placeOfCall } from "../../ledger/cost/call-cost.ts";
import { toldUsage } from "../../ledger/cost/call-usage.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { chargeOf } from "../../limits/charge/charge.ts";
import type { LimitCharge } from "../../limits/limit.ts";

export function chargeOfFailed(usage: object, facts: RequestFacts, prices: PriceTable): LimitCharge {
  const told = toldUsage(usage, facts.route);
  const charge = chargeOf(told?.usage, placeOfCall(facts, told), prices);
  return isFreeOfCharge(facts) ? { ...charge, costNano: 0n } : charge;
}
