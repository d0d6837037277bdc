/** A run's figures as the result that load.mjs prints. Times are in milliseconds. */
export function resultOf(tally, counted) {
  const { seconds, cpuMicros, requests, events } = counted;
  return {
    seconds,
    requests,
    requestsPerSecond: requests / seconds,
    events,
    eventsPerSecond: events / seconds,
    errors: tally.errors,
    errorTexts: [...tally.errorTexts],
    latency: tally.latency.summary(),
    firstText: tally.firstText.summary(),
    cpuMicros,
    cpuMicrosPerRequest: requests > 0 ? cpuMicros / requests : undefined,
    cpuMicrosPerEvent: events > 0 ? cpuMicros / events : undefined,
    residentBytes: tally.peakBytes,
  };
}
