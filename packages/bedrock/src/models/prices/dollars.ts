/** An amount of nano-dollars as dollars, exact: `1_500_000n` -> `0.0015`. At least one digit stands before the point, no zeros at the end. */
export function dollarsOf(nanoDollars: bigint): string {
  const sign = nanoDollars < 0n ? "-" : "";
  const digits = (nanoDollars < 0n ? -nanoDollars : nanoDollars).toString().padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -9)}${fraction === "" ? "" : `.${fraction}`}`;
}
