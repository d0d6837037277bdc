/** Addresses that are posted to often hold their key, as Slack's do in the path: they are sealed, and only where they lead is shown. */
import { parseUrl } from "@adit/bedrock/gateway";

const hiddenEnd = "/...";

/** The origin, with `/...` for all that follows it. An address that is no more than its origin stays as it is. */
export function shownAddress(address: string): string {
  const url = parseUrl(address);
  if (url === undefined) return address;
  return url.href === `${url.origin}/` ? address : `${url.origin}${hiddenEnd}`;
}

/** True for what {@link shownAddress} gives for an address that it hides: sent back, it stands for the one that is kept. */
export function isHiddenAddress(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && text === `${url.origin}${hiddenEnd}`;
}

/** Scheme, host and port: a secret that is kept beside an address was given for these. Undefined for what is no address. */
export function originOf(address: string): string | undefined {
  return parseUrl(address)?.origin;
}
