/** The config that a request names: as JSON in its header, or by the slug of a saved one. */
import { AditError } from "@adit/bedrock";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import { parseConfig } from "../config/config.ts";
import type { FindConfig, IdentifiedConfig } from "../dependencies.ts";

const noConfig: IdentifiedConfig = { root: {}, dropped: [], unknown: [], id: "" };

/**
 * Where the request names none, the caller's key may. At once where none is saved under its name. Throws, or rejects with, AditError: `invalid_config` with the path, `not_stored` for a slug that
 * nothing is saved under, `forbidden` where the key's own config is the only one.
 */
export function configOfRequest(
  headers: CallerHeaders,
  principal: CallerPrincipal,
  findConfig: FindConfig,
): IdentifiedConfig | Promise<IdentifiedConfig> {
  const sent = headers.get("config");
  const key = principal.kind === "gateway_key" ? principal.key : undefined;
  if (key?.mayOverrideConfig === false && sent !== undefined && sent !== key.defaultConfig) throw mayNotOverride();
  const text = sent ?? key?.defaultConfig;
  if (text === undefined) return noConfig;
  return isSlug(text) ? findConfig(text, principal) : inlineConfig(text);
}

function mayNotOverride(): AditError {
  return new AditError("forbidden", "The gateway key does not allow a config of the request's own.", {
    param: "config",
    remedy: "Leave the header out: the key's own config counts. Or use a key that allows others.",
    vendor: { status: 400 },
  });
}

/**
 * The config in a header's text.
 * @throws AditError `invalid_config` with the path.
 */
export function inlineConfig(text: string): IdentifiedConfig {
  return { id: text, ...parseConfig(text) };
}

/** What cannot be JSON of an object, an array or a text is the name of a saved config. */
function isSlug(text: string): boolean {
  return !/^[{["]/.test(text);
}
