/** Amounts of limits as people write and read them: dollars as decimals, exact; tokens and requests as whole numbers. Pure. */
import { dollarsOf } from "@adit/bedrock";
import { mostAmount } from "./check-limit.ts";
import type { LimitUnit } from "../limit.ts";
import { termFault } from "../../terms/term-fault.ts";

const nanoDigits = 9;
const dollarsForm = /^(\d{1,400})(?:\.(\d{1,9}))?$/;
const countForm = /^\d{1,400}$/;

/** Nano-dollars, tokens or requests. `written` is a number or its text. @throws AditError that names `param`. */
export function amountFrom(written: number | string, unit: LimitUnit, param: string): bigint {
  const text = typeof written === "number" ? digitsOf(written) : written;
  if (unit !== "cost") {
    if (countForm.test(text)) return BigInt(text);
    throw termFault(param, `must be a whole number of ${unit}.`);
  }
  const [, whole, fraction = ""] = dollarsForm.exec(text) ?? [];
  const nano = whole === undefined ? undefined : BigInt(whole + fraction.padEnd(nanoDigits, "0"));
  if (nano !== undefined && nano > 0n && nano <= mostAmount) return nano;
  if (nano !== undefined) throw termFault(param, `must be more than 0 and at most ${dollarsOf(mostAmount)} dollars.`);
  throw termFault(param, 'must be dollars with at most nine digits after the point, such as 10 or "0.25".');
}

export function amountText(amount: bigint, unit: LimitUnit): string {
  return unit === "cost" ? dollarsOf(amount) : String(amount);
}

/** So many percent of an amount, rounded up: what is settled reaches the share once it is no less. */
export function shareOf(amount: bigint, percent: number): bigint {
  return (amount * BigInt(percent) + 99n) / 100n;
}

/** A number without an exponent: as its text has it, where that has none. */
function digitsOf(number: number): string {
  const text = String(number);
  if (!text.includes("e") || !Number.isFinite(number)) return text;
  if (Number.isInteger(number)) return String(BigInt(number));
  // Nine digits say less than some numbers have: those are none of nine digits.
  const digits = number.toFixed(nanoDigits);
  return Number(digits) === number ? digits : text;
}
