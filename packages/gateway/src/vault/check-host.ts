import { AditError } from "@adit/bedrock";
import { parseUrl } from "@adit/bedrock/gateway";

const longest = 2_048;

/**
 * A host that a stored object names, without a slash at its end. Like one in a request it counts only where the operator listed its
 * origin in `ADIT_CUSTOM_HOSTS`: else whoever may store a key could send the server's credentials anywhere.
 * @throws AditError `custom_host_not_allowed`, `invalid_request` for what is no address.
 */
export function checkHost(text: string, param: string, customHosts: ReadonlySet<string>): string {
  const url = checkAddress(text, { param, customHosts, hasQuery: false });
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** An address that is posted to, whole: webhooks have keys in their query too. @throws as {@link checkHost} */
export function checkHook(text: string, param: string, customHosts: ReadonlySet<string>): string {
  const { origin, pathname, search } = checkAddress(text, { param, customHosts, hasQuery: true });
  return search === "" ? `${origin}${pathname.replace(/\/+$/, "")}` : `${origin}${pathname}${search}`;
}

function checkAddress(
  text: string,
  { param, customHosts, hasQuery }: { param: string; customHosts: ReadonlySet<string>; hasQuery: boolean },
): URL {
  const url = text.length <= longest ? parseUrl(text) : undefined;
  const isPlain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    [url.username, url.password, hasQuery ? "" : url.search, url.hash].every((part) => part === "");
  if (!isPlain) {
    throw new AditError(
      "invalid_request",
      `${param} must be an address such as https://api.example.com/v1, without a user or ${hasQuery ? "a fragment" : "a query"}.`,
      {
        param,
      },
    );
  }
  if (!customHosts.has(url.origin)) {
    throw new AditError("custom_host_not_allowed", `${param} names ${url.origin}, which this gateway may not call.`, {
      param,
      remedy: `Have ${url.origin} added to ADIT_CUSTOM_HOSTS.`,
    });
  }
  return url;
}
