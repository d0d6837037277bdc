/** Headers that steer an answer: the record has their names, for whoever asks again, and of no other header. Their values are not kept. */
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import { isConfigName } from "../../routing/config/config-name.ts";
import { strictHeaders } from "../../routing/request/interpret.ts";
import { paramHeaders } from "../../routing/request/keywords-params.ts";

/** What names a saved config is in the record itself. */
export const ownConfig = "x-adit-config";
/** With a vendor's prefix; what is `true` is as where it is absent. */
const vendors = [...strictHeaders, "use-converse", "forward-headers", "anthropic-beta"];
const plain = [
  "anthropic-beta",
  "x-amzn-bedrock-guardrailidentifier",
  "x-amzn-bedrock-performanceconfig-latency",
  "x-amzn-bedrock-service-tier",
  ...paramHeaders,
];

export function unkeptHeadersOf(headers: CallerHeaders): readonly string[] | undefined {
  let found: string[] | undefined;
  const config = headers.get("config");
  if (config !== undefined && !isConfigName(config)) found = [ownConfig];
  for (const name of vendors) {
    const value = headers.get(name);
    if (value !== undefined && value !== "true") (found ??= []).push(`x-adit-${name}`);
  }
  for (const name of plain) if (headers.raw(name) !== undefined) (found ??= []).push(name);
  return found;
}
