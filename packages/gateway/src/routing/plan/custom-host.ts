/** Hosts that a request names: only those that the operator listed are called. */
import { AditError } from "@adit/bedrock";
import { parseUrl } from "@adit/bedrock/gateway";
import type { Settings } from "../../settings.ts";

/** Longer than any address of a host; what reads it further on need not be quick with more. */
const longestHost = 2_048;

/**
 * A host from the request counts only where the operator listed its origin. The scheme is looked at too: a `blob:` URL has
 * the origin of the address inside it, and as its path that whole address.
 */
export function customHost(text: string | undefined, path: string, settings: Settings): string | undefined {
  if (text === undefined) return undefined;
  const url = text.length <= longestHost ? parseUrl(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (!isPlain || !settings.customHosts.has(url.origin)) {
    throw new AditError(
      "custom_host_not_allowed",
      "The custom host of the request is not one that this gateway may call.",
      {
        param: path === "config" ? "custom_host" : `${path}.custom_host`,
      },
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

const openAiBase = "https://api.openai.com/v1";

/** Where the provider openai is, if no other host is named. */
export function openAiHost(settings: Settings): string {
  if (settings.customHosts.has(new URL(openAiBase).origin)) return openAiBase;
  throw new AditError(
    "custom_host_not_allowed",
    `The provider openai is at ${openAiBase}, which this gateway may not call.`,
    {
      param: "provider",
      remedy: `Have ${new URL(openAiBase).origin} added to ADIT_CUSTOM_HOSTS.`,
    },
  );
}
