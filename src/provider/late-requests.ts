/**
 * How long a request without an answer may still take effect. A client that gave up, or died, cannot call back what
 * it sent: it may wait in a proxy or a queue on the way.
 */

/** After this long an unanswered request no longer takes effect. No other value is sent before. */
export const LATE_REQUEST_MILLISECONDS = 120_000;
