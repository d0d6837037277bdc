/** The hosts that webhooks may be at. */
import { AditError } from "@adit/bedrock";
import { parseUrl } from "@adit/bedrock/gateway";

const longest = 2_048;

/**
 * An address that a check calls. Like every host that a request names it counts only where the operator listed its origin in
 * `ADIT_CUSTOM_HOSTS`: else whoever may write a guardrail could have the gateway call the inside of its network.
 * @param who names the check.
 * @param param the place of the check, where more is known of it than that it stands in the config.
 * @throws AditError `custom_host_not_allowed`, `invalid_config` for what is no address.
 */
export function checkCalledHost(text: string, who: string, customHosts: ReadonlySet<string>, param = "config"): void {
  const url = text.length <= longest ? parseUrl(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new AditError("invalid_config", `${who} names no address that can be called.`, {
      param,
      remedy: "Write an http or https address without a user in it.",
    });
  }
  if (customHosts.has(url.origin)) return;
  throw new AditError("custom_host_not_allowed", `${who} would call ${url.origin}, which this gateway may not call.`, {
    param,
    remedy: `Have ${url.origin} added to ADIT_CUSTOM_HOSTS.`,
  });
}
