/** What one call of a guardrail check's own to Bedrock holds of the limits of the virtual key that it is made by. */
import type { PriceTable } from "@adit/bedrock";
import type { CheckHold, CheckSpending } from "../../guardrails/check-tools.ts";
import type { Limits, Reserved } from "../../limits/limits.ts";
import type { Reservation } from "../../limits/reservation.ts";
import { useCharge } from "./guardrail-hold.ts";

/**
 * Reserves the most that the call can use. Undefined where no limit concerns the key. Rejects with AditError: `budget_exhausted`,
 * `unknown_price`, `rate_limited`, `store_unavailable`.
 */
export async function holdForCheck(
  virtualKeyId: string,
  { region, shown, isPatient }: CheckSpending,
  { limits, prices }: { limits: Limits; prices: PriceTable },
): Promise<CheckHold | undefined> {
  if (limits.isFree("virtual_key", virtualKeyId)) return undefined;
  const most = useCharge([{ region, units: undefined, shown }], prices);
  const reservation = granted(await limits.reserve({ virtualKeyId }, most, isPatient));
  let covered = 1;
  return {
    cover: async (transmissions) => {
      if (transmissions <= covered) return undefined;
      const refused = await limits.reserveMore([reservation], most);
      if (refused === undefined) covered += 1;
      return refused?.error;
    },
    end: (uses) => void (uses === undefined ? reservation.release() : reservation.settle(useCharge(uses, prices))),
  };
}

function granted(reserved: Reserved): Reservation {
  if (reserved.isRefused) throw reserved.error;
  return reserved;
}
