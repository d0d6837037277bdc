/** What of a virtual key is no credential, checked: each fault names its field. */
import { checkAttribution, type Attribution, type AttributionInput } from "./attribution.ts";
import { checkHost } from "./check-host.ts";
import { checkModelPatterns } from "./model-patterns.ts";
import { checkRegions } from "./check-regions.ts";
import type { VirtualKeyKind } from "./virtual-key.ts";
import { checkLine, checkText } from "../terms/check-line.ts";
import { termFault } from "../terms/term-fault.ts";

/** The parts that a virtual key has beside its credential; undefined where there is none. */
export interface VirtualKeyTerms extends CommonTerms {
  attribution: AttributionInput | undefined;
}

/** The same, checked. */
export interface CheckedTerms extends CommonTerms {
  attribution: Attribution | undefined;
}

interface CommonTerms {
  name: string;
  note: string | undefined;
  allowedModels: readonly string[] | undefined;
  allowedRegions: readonly string[] | undefined;
  endpoint: string | undefined;
  expiresAt: number | undefined;
}

export interface TermsContext {
  kind: VirtualKeyKind;
  region: string | undefined;
  /** Session tags that a role has for every request. */
  tags: Readonly<Record<string, string>> | undefined;
  customHosts: ReadonlySet<string>;
  nowMs: number;
}

/** What a credential of the kind is good for: to assume another virtual key's role, to sign for AWS. */
export function servedBy(kind: VirtualKeyKind): { canAssume: boolean; canSign: boolean } {
  return { canAssume: kind === "access_key" || kind === "server_chain", canSign: kind !== "openai_compatible" };
}

/** @throws AditError that names the field. */
export function checkTerms(terms: VirtualKeyTerms, context: TermsContext): CheckedTerms {
  return {
    name: checkLine(terms.name, "name"),
    note: checkText(terms.note, "note"),
    allowedModels:
      terms.allowedModels === undefined ? undefined : checkModelPatterns(terms.allowedModels, "allowed_models"),
    allowedRegions: allowedRegions(terms.allowedRegions, context.region),
    endpoint: endpoint(terms.endpoint, context),
    attribution: checkAttribution(terms.attribution, context),
    expiresAt: expiry(terms.expiresAt, context.nowMs),
  };
}

function allowedRegions(given: readonly string[] | undefined, own: string | undefined): string[] | undefined {
  const regions = given && checkRegions(given, "allowed_regions");
  if (regions === undefined || own === undefined || regions.includes(own)) return regions;
  throw termFault("allowed_regions", `must hold the virtual key's own region, ${own}.`);
}

function endpoint(given: string | undefined, { kind, customHosts }: TermsContext): string | undefined {
  const text = given?.trim() ?? "";
  if (text === "") return undefined;
  if (kind === "openai_compatible") throw termFault("endpoint", "is for AWS; the host of this kind is base_url.");
  return checkHost(text, "endpoint", customHosts);
}

function expiry(given: number | undefined, nowMs: number): number | undefined {
  if (given === undefined || (Number.isSafeInteger(given) && given > nowMs)) return given;
  throw termFault("expires_at", "must lie in the future.");
}
