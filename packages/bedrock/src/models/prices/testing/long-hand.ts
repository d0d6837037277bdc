/**
 * Prices worked out a second time, on paper: rows are ranked in a list instead of compared in pairs, and money is a string of decimal digits that is
 * multiplied digit by digit and rounded by looking at what follows the point. Shares no code with what it checks.
 */
export interface PaperRow {
  tier: string;
  regions?: string[];
  profiles?: string[];
  aboveInputTokens?: number;
  [unit: string]: unknown;
}

export interface PaperUsage {
  input: number;
  output: number;
  read: number;
  write: number;
  hour: number;
}

/** The bill in whole nano-dollars as digits, or the units that have no price. */
export function billByHand(
  rows: readonly PaperRow[],
  usage: PaperUsage,
  at: { region: string; geography: string | undefined; tier: string },
): { parts: Record<string, string>; total: string } | { lacking: string[] } {
  const length = usage.input + usage.read + usage.write + usage.hour;
  const [row] = rows
    .filter((each) => each.tier === at.tier)
    .filter((each) => each.regions === undefined || each.regions.some((region) => region === at.region))
    .filter((each) => each.profiles === undefined || each.profiles.some((profile) => profile === at.geography))
    .filter((each) => length > (each.aboveInputTokens ?? -1))
    .map((each) => ({ each, rank: rankOf(each) }))
    .toSorted((left, right) => (left.rank < right.rank ? 1 : -1))
    .map(({ each }) => each);
  const counts = {
    input: usage.input,
    output: usage.output,
    cacheRead: usage.read,
    cacheWrite5m: usage.write,
    cacheWrite1h: usage.hour,
  };
  const used = Object.entries(counts).filter(([, count]) => count > 0);
  if (used.length === 0 && row?.["input"] === undefined) {
    return { lacking: ["price"] };
  }
  const lacking = used.filter(([unit]) => row === undefined || !(unit in row)).map(([unit]) => unit);
  if (lacking.length > 0) {
    return { lacking };
  }
  const parts = Object.fromEntries(
    used.map(([unit, count]) => [unit, roundedMillionth(product(String(count), String(row?.[unit])))]),
  );
  return { parts, total: Object.values(parts).reduce(plus, "0") };
}

/** Conditions as digits: profile, region, then the length in a fixed number of places. */
function rankOf(row: PaperRow): string {
  return `${row.profiles ? 1 : 0}${row.regions ? 1 : 0}${String(row.aboveInputTokens ?? 0).padStart(12, "0")}`;
}

function product(left: string, right: string): string {
  const cells = Array.from({ length: left.length + right.length }, () => 0);
  const [a, b] = [digits(left), digits(right)];
  a.forEach((x, i) => b.forEach((y, j) => (cells[i + j] = cells[i + j]! + x * y)));
  return carried(cells);
}

function plus(left: string, right: string): string {
  const [a, b] = [digits(left), digits(right)];
  return carried(Array.from({ length: Math.max(a.length, b.length) + 1 }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0)));
}

/** Digits, the ones first. */
function digits(number: string): number[] {
  return Array.from(number, Number).toReversed();
}

function carried(cells: number[]): string {
  const all = [...cells];
  for (let i = 0; i < all.length; i += 1) {
    const over = Math.floor(all[i]! / 10);
    all[i] = all[i]! % 10;
    if (over > 0) all[i + 1] = (all[i + 1] ?? 0) + over;
  }
  return all
    .toReversed()
    .join("")
    .replace(/^0+(?=\d)/, "");
}

/** A number of millionths as a whole number: the six last digits are behind the point. */
function roundedMillionth(number: string): string {
  const padded = number.padStart(7, "0");
  const [whole, rest] = [padded.slice(0, -6), padded.slice(-6)];
  const isOdd = "13579".includes(whole.at(-1)!);
  const up = rest > "500000" || (rest === "500000" && isOdd);
  return up ? plus(whole, "1") : plus(whole, "0");
}
