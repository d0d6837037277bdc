/** The price table of a gateway that has not read its operator's prices yet. Pure. */
import { shippedPrices, type PriceTable } from "@adit/bedrock";

/** Stands in the records of calls that ended before. */
export const unreadVersion = "unread";

/** Without a price: by those of the package a call might be recorded with a cost that is not its own, and unknown is better than wrong. */
export function unreadPrices(): PriceTable {
  return Object.freeze({ ...shippedPrices(), version: unreadVersion, models: new Map(), guardrails: [] });
}
