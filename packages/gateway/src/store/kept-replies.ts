/** How long an answer of the control API is kept by its `Idempotency-Key`: as with Stripe, a day. */
export const repliesKeptMs = 24 * 3_600_000;
