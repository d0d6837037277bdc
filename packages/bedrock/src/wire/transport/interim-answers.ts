/** A WebDAV host may say each 20 seconds that it works on it (RFC 2518, 10.1): that for an hour is 180. */
const mostInterim = 1_000;

/**
 * Why what came before an answer ends the wait for one; undefined where it announces one, as `103` does. `count` is how many have come. Without an
 * end a host could send them as fast as they are read, which costs half a processor until the call's time is over.
 */
export function interimFault(status: number, count: number): Error | undefined {
  if (status < 100 || status === 101) {
    return new Error(`it answered with the status ${status}, which was not to come`);
  }
  return count > mostInterim
    ? new Error(`it announced an answer more than ${mostInterim} times and gave none`)
    : undefined;
}
