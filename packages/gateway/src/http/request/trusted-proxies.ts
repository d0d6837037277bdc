/**
 * The caller's address behind proxies. `X-Forwarded-For` is a list to which each proxy adds whom it got the request from: what stands left of
 * an address that is no proxy of ours, anybody may have written.
 */
import { isIP } from "node:net";
import { AddressList } from "./address-list.ts";

export class TrustedProxies {
  readonly #networks: AddressList;

  /** Addresses and networks whose word on the caller's address counts. */
  constructor(networks: readonly string[]) {
    this.#networks = new AddressList(networks);
  }

  /**
   * The right-most address that is none of the proxies', from the connection's own `peer` on. Undefined where a trusted proxy names something
   * that is no address: nobody's network is guessed.
   */
  callerOf(peer: string, forwardedFor: string | undefined): string | undefined {
    let address = peer;
    const entries = forwardedFor?.split(",") ?? [];
    while (this.#networks.has(address)) {
      const entry = entries.pop();
      if (entry === undefined) return address;
      const named = addressIn(entry.trim());
      if (named === undefined) return undefined;
      address = named;
    }
    return address;
  }
}

/** `203.0.113.7`, `203.0.113.7:52100`, `2001:db8::7`, `[2001:db8::7]:52100`: some proxies write the port too. */
function addressIn(entry: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(entry)?.[1] ?? entry;
  return isIP(bare) === 0 || bare.includes("%") ? undefined : bare;
}
