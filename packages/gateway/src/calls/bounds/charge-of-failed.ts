/** What an answer used which told that it failed, and what it used. Pure. */
import type { PriceTable } from "@adit/bedrock";
import { isFreeOfCharge, placeOfCall, usageOfCall } from "../../ledger/cost/call-cost.ts";
import { toldUsage } from "../../ledger/cost/call-usage.ts";
import type { RequestFacts, UnwantedAnswer } from "../../ledger/record/request-facts.ts";
import { chargeOf } from "../../limits/charge/charge.ts";
import { nothingUsed, sum } from "../../limits/charge/charge-sums.ts";
import type { LimitCharge } from "../../limits/limit.ts";

export function chargeOfFailed(usage: object, facts: RequestFacts, prices: PriceTable): LimitCharge {
  const told = toldUsage(usage, facts.route);
  const charge = chargeOf(told?.usage, placeOfCall(facts, told), prices);
  return isFreeOfCharge(facts) ? { ...charge, costNano: 0n } : charge;
}

/** Of those of many calls that were answered, where another failed. Undefined where one of them did not tell. */
export function chargeOfParts(
  parts: readonly UnwantedAnswer[],
  facts: RequestFacts,
  prices: PriceTable,
): LimitCharge | undefined {
  const charges = parts.map((part) => {
    const call = { ...facts, ...part };
    const told = usageOfCall(call);
    return chargeOf(told?.usage, placeOfCall(call, told), prices);
  });
  if (charges.some(({ tokens, costNano }) => tokens === undefined || costNano === undefined)) return undefined;
  const used = charges.reduce<LimitCharge>(sum, nothingUsed);
  return isFreeOfCharge(facts) ? { ...used, costNano: 0n } : used;
}
