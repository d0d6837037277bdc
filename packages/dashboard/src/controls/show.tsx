/** Moments, money, counts and states, as people read them. */
import type { ReactNode } from "react";
import { useControl } from "../api/control.ts";

const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const steps = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** In the reader's own time; UTC stands in the title. */
export function Moment(props: { at: string; isRelative?: boolean; withSeconds?: boolean }) {
  const { at, isRelative = false, withSeconds = false } = props;
  const control = useControl();
  const date = new Date(at);
  return (
    <time dateTime={at} title={`${date.toISOString().replace("T", " ").replace("Z", "")} UTC`}>
      {isRelative ? agoOf(date, control.now()) : (withSeconds ? exact : short).format(date)}
    </time>
  );
}

function agoOf(date: Date, now: number): string {
  const seconds = (date.getTime() - now) / 1_000;
  const step = steps.find(([, length]) => Math.abs(seconds) >= length);
  return step === undefined ? relative.format(0, "minute") : relative.format(Math.round(seconds / step[1]), step[0]);
}

const integers = new Intl.NumberFormat("en-US");

export function countOf(count: number): string {
  return integers.format(count);
}

/** Whole nano-dollars as dollars: every digit that counts, two at the least. */
export function dollarsOf(nanoDollars: number | bigint): string {
  const whole = BigInt(nanoDollars);
  const sign = whole < 0n ? "-" : "";
  const digits = (whole < 0n ? -whole : whole).toString().padStart(10, "0");
  const cents = digits.slice(-9).replace(/0+$/, "").padEnd(2, "0");
  return `${sign}$${integers.format(BigInt(digits.slice(0, -9)))}.${cents}`;
}

export type StateKind = "good" | "bad" | "waiting" | "off" | "info";

export function Badge({ kind, children }: { kind: StateKind; children: ReactNode }) {
  return <span className={`badge badge-${kind}`}>{children}</span>;
}

const statusKinds: Readonly<Record<string, StateKind>> = {
  active: "good",
  disabled: "off",
  inactive: "off",
  archived: "off",
  expired: "bad",
  locked: "bad",
};

export function Status({ status }: { status: string }) {
  return <Badge kind={statusKinds[status] ?? "info"}>{status}</Badge>;
}

/** Names and values in two columns. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
