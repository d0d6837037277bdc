/** What a connection may cost before its caller is known. All times in milliseconds. */
export interface HttpLimits {
  /** From the connection to its first byte. */
  firstByteMs: number;
  /** From the first byte of a request to the end of its headers. */
  headersMs: number;
  /** How often node looks for connections past `headersMs`. */
  headersCheckMs: number;
  /** All headers of a request together. */
  headerBytes: number;
  /** Connections that have not brought a whole request head yet; beyond, the oldest goes. */
  maxFreshConnections: number;
  /** Between two pieces of a body. */
  bodySilenceMs: number;
  /** From here on a body must have come at `bodyBytesPerSecond` on average. */
  bodyGraceMs: number;
  bodyBytesPerSecond: number;
  /** Whoever sends a body for so long is asked anew, at its end, whether they may. */
  bodyTrustMs: number;
  /** How long what still comes of a refused body is read and thrown away, so that the caller sees the answer. */
  lingerMs: number;
  /** An idle connection. Above the 60 s after which AWS's load balancers close theirs: the server must not be the first. */
  keepAliveMs: number;
  /** Requests at once on one HTTP/2 connection. */
  maxStreamsPerSession: number;
  /** Answers to callers without a key that wait to be taken; beyond, the oldest goes if it has waited for `untakenMs`. */
  maxUntakenAnswers: number;
  untakenMs: number;
  /** The coarse timer that watches bodies and silent streams. */
  tickMs: number;
  /** At the end of a stop: from the abort of the requests that are left to the end of their connections. */
  abortGraceMs: number;
}

export const defaultHttpLimits: HttpLimits = {
  firstByteMs: 15_000,
  headersMs: 15_000,
  headersCheckMs: 2_000,
  // Inline configs travel in a header, so node's 16 KiB would refuse some that Portkey takes.
  headerBytes: 65_536,
  maxFreshConnections: 2_000,
  bodySilenceMs: 30_000,
  bodyGraceMs: 30_000,
  bodyBytesPerSecond: 8_192,
  bodyTrustMs: 2_000,
  lingerMs: 5_000,
  keepAliveMs: 75_000,
  maxStreamsPerSession: 250,
  maxUntakenAnswers: 1_000,
  untakenMs: 1_000,
  tickMs: 1_000,
  abortGraceMs: 1_000,
};
