import { invalidSignature, type Refusal } from "./refusals.ts";

const toleratedMs = 5 * 60_000;

/** `20260102T030405Z` of milliseconds since 1970. */
function amzDateFrom(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** Milliseconds since 1970 of `20260102T030405Z`; undefined for anything else. */
export function timeFromAmzDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) {
    return undefined;
  }
  const [, year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** AWS takes a signature that arrives at most five minutes from its date, either way. Words as recorded. */
export function clockFault(signedAt: number, now: number): Refusal | undefined {
  const [date, nowText] = [amzDateFrom(signedAt), amzDateFrom(now)];
  const second = Math.floor(now / 1_000) * 1_000;
  if (signedAt < second - toleratedMs) {
    const earliest = amzDateFrom(now - toleratedMs);
    return invalidSignature(`Signature expired: ${date} is now earlier than ${earliest} (${nowText} - 5 min.)`);
  }
  if (signedAt > second + toleratedMs) {
    const latest = amzDateFrom(now + toleratedMs);
    return invalidSignature(`Signature not yet current: ${date} is still later than ${latest} (${nowText} + 5 min.)`);
  }
  return undefined;
}
