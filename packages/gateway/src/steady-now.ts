/**
 * Milliseconds by a clock that only goes forward, from anywhere. For spans that are measured within this process: the time of day may be set
 * back meanwhile, and what was to last a minute would last an hour.
 */
export function steadyNow(): number {
  return performance.now();
}
