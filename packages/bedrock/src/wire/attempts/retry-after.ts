/**
 * Seconds that a `Retry-After` asks for (RFC 9110, section 10.2.3): a number, or a date, which is measured against the same
 * answer's `Date`. Undefined when absent or unreadable. AWS sends none; proxies and compatible endpoints do.
 */
export function retryAfterSeconds(retryAfter: string | undefined, date: string | undefined): number | undefined {
  if (retryAfter === undefined) {
    return undefined;
  }
  const text = retryAfter.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) {
    return Number(text);
  }
  const seconds = (Date.parse(text) - Date.parse(date ?? "")) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
