/** Amounts of limits as people write and read them: dollars as decimals, exact; tokens and requests as whole numbers. Pure. */
import { dollarsOf } from "@adit/bedrock";
import { limitFault, mostAmount } from "./check-limit.ts";
import type { LimitUnit } from "./limit.ts";

const nanoDigits = 9;
const dollarsForm = /^(\d{1,12})(?:\.(\d{1,9}))?$/;
const countForm = /^\d{1,19}$/;

/** Nano-dollars, tokens or requests. `written` is a number or its text. @throws AditError that names `param`. */
export function amountFrom(written: number | string, unit: LimitUnit, param: string): bigint {
  // A number of JSON has no digits that its text has not.
  const text = String(written);
  if (unit !== "cost") {
    if (countForm.test(text)) return BigInt(text);
    throw limitFault(param, `must be a whole number of ${unit}.`);
  }
  const [, whole, fraction = ""] = dollarsForm.exec(text) ?? [];
  const nano = whole === undefined ? undefined : BigInt(whole + fraction.padEnd(nanoDigits, "0"));
  if (nano !== undefined && nano > 0n && nano <= mostAmount) return nano;
  if (nano !== undefined) throw limitFault(param, `must be more than 0 and at most ${dollarsOf(mostAmount)} dollars.`);
  throw limitFault(param, 'must be dollars with at most nine digits after the point, such as 10 or "0.25".');
}

export function amountText(amount: bigint, unit: LimitUnit): string {
  return unit === "cost" ? dollarsOf(amount) : String(amount);
}
