import { AditError } from "../errors/adit-error.ts";
import { isTrue, variable, type Environment } from "./environment.ts";
import { partitionOf } from "./partitions.ts";
import { checkRegion } from "./region.ts";
import { profileSettings } from "./shared-config.ts";
import { parseUrl } from "../parse-url.ts";

export type { Environment } from "./environment.ts";
export { checkRegion, regionFromEnvironment } from "./region.ts";

export type AwsService = "bedrock-runtime" | "bedrock" | "sts" | "bedrock-mantle";

/** Where a service is reached and how a call to it is signed. */
export interface Endpoint {
  /** Scheme, host and port, such as `https://bedrock-runtime.us-east-1.amazonaws.com`. */
  origin: string;
  /** What a custom endpoint puts before every path: empty, or with a leading and no trailing slash. */
  basePath: string;
  /** The Host header as sent and signed; holds the port where it is not the scheme's own. */
  hostHeader: string;
  signingService: string;
  signingRegion: string;
}

interface ServiceRow {
  /** First label of the host. */
  label: string;
  /** Name in the credential scope: one for Bedrock's runtime and control plane. */
  signingService: string;
  /** The variable that replaces this service's host. */
  variable: string;
  /** Its name in a profile's section of services, where AWS has one. */
  section: string | undefined;
}

const services: Readonly<Record<AwsService, ServiceRow>> = {
  "bedrock-runtime": row("bedrock-runtime", "bedrock", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "bedrock_runtime"),
  bedrock: row("bedrock", "bedrock", "AWS_ENDPOINT_URL_BEDROCK", "bedrock"),
  sts: row("sts", "sts", "AWS_ENDPOINT_URL_STS", "sts"),
  "bedrock-mantle": row("bedrock-mantle", "bedrock-mantle", "ADIT_ENDPOINT_URL_MANTLE"),
};

function row(label: string, signingService: string, name: string, section?: string): ServiceRow {
  return { label, signingService, variable: name, section };
}

/**
 * The endpoint of a service in a region, by AWS's endpoint rules and standard variables: `AWS_ENDPOINT_URL_<SERVICE>`, then
 * `AWS_ENDPOINT_URL` (both ignored under `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true`), `AWS_USE_FIPS_ENDPOINT`,
 * `AWS_USE_DUALSTACK_ENDPOINT`; where they are not set, by what the profile in use says of the same. Throws AditError `invalid_region`, or
 * `invalid_config` for a variable or setting that cannot be read and for a custom endpoint together with FIPS or dual-stack.
 */
export function resolveEndpoint(service: AwsService, region: string, environment: Environment): Endpoint {
  const checked = checkRegion(region);
  const fips = switchOf(environment, "AWS_USE_FIPS_ENDPOINT");
  const dualStack = switchOf(environment, "AWS_USE_DUALSTACK_ENDPOINT");
  const custom = configuredUrl(service, environment);
  if (custom === undefined) {
    const hostHeader = hostOf(service, checked, { fips: fips.isOn, dualStack: dualStack.isOn });
    const { signingService } = services[service];
    return { origin: `https://${hostHeader}`, basePath: "", hostHeader, signingService, signingRegion: checked };
  }
  if (fips.isOn || dualStack.isOn) {
    const [words, { source }] = fips.isOn ? (["FIPS", fips] as const) : (["Dualstack", dualStack] as const);
    throw new AditError("invalid_config", `Invalid Configuration: ${words} and custom endpoint are not supported`, {
      param: source,
      remedy: `Unset ${source} or ${custom.source}.`,
    });
  }
  return customEndpoint(custom.value, service, checked, custom.source);
}

/** Throws AditError `invalid_config` for a variable of {@link resolveEndpoint}'s that cannot be used, whichever the region. */
export function checkEndpointVariables(environment: Environment): void {
  for (const service of ["bedrock-runtime", "bedrock", "sts"] as const) {
    resolveEndpoint(service, "us-east-1", environment);
  }
  const mantle = configuredUrl("bedrock-mantle", environment);
  if (mantle !== undefined) {
    customEndpoint(mantle.value, "bedrock-mantle", "us-east-1", mantle.source);
  }
}

/**
 * An endpoint at a URL of the operator's: http or https, any port, a base path or none. The region still signs.
 * Throws AditError `invalid_config` that names `source`, the variable or field from which the URL came.
 */
export function customEndpoint(url: string, service: AwsService, region: string, source: string): Endpoint {
  const parsed = parseUrl(url);
  if (parsed === undefined || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new AditError("invalid_config", `${source} is not an http or https URL.`, {
      param: source,
      remedy: `Correct or unset ${source}.`,
    });
  }
  if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "") {
    throw new AditError("invalid_config", `${source} must hold no user, password, query or fragment.`, {
      param: source,
      remedy: `Correct or unset ${source}.`,
    });
  }
  return {
    origin: parsed.origin,
    basePath: parsed.pathname.replace(/\/+$/, ""),
    hostHeader: parsed.host,
    signingService: services[service].signingService,
    signingRegion: checkRegion(region),
  };
}

/** A value, and the variable or setting that it came from. */
interface Configured {
  value: string;
  source: string;
}

/** AWS's order: the service's variable, the variable of all; then the same of the profile. */
function configuredUrl(service: AwsService, environment: Environment): Configured | undefined {
  const { variable: ownName, section } = services[service];
  // The variable that is Adit's own is not one of those that AWS's switch turns off.
  if (switchOf(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").isOn) {
    return ownName.startsWith("ADIT_") ? ofVariable(environment, ownName) : undefined;
  }
  return (
    ofVariable(environment, ownName) ??
    ofVariable(environment, "AWS_ENDPOINT_URL") ??
    (section === undefined ? undefined : ofProfile(environment, `${section}.endpoint_url`)) ??
    ofProfile(environment, "endpoint_url")
  );
}

function ofVariable(environment: Environment, name: string): Configured | undefined {
  const value = variable(environment, name);
  return value === undefined ? undefined : { value, source: name };
}

function ofProfile(environment: Environment, setting: string): Configured | undefined {
  const value = profileSettings(environment).get(setting) ?? "";
  return value === "" ? undefined : { value, source: `${setting} of the AWS profile` };
}

/** One of AWS's switches, off where neither its variable nor the profile's setting of that name is set. */
function switchOf(environment: Environment, name: string): { isOn: boolean; source: string } {
  const setting = name.slice("AWS_".length).toLowerCase();
  const { value, source } = ofVariable(environment, name) ??
    ofProfile(environment, setting) ?? { value: "false", source: name };
  return { isOn: isTrue(value, source), source };
}

function hostOf(
  service: AwsService,
  region: string,
  { fips, dualStack }: { fips: boolean; dualStack: boolean },
): string {
  const { label } = services[service];
  const { id, dnsSuffix, dualStackDnsSuffix } = partitionOf(region);
  const suffix = dualStack ? dualStackDnsSuffix : dnsSuffix;
  const fipsLabel = fips ? `${label}-fips` : label;
  switch (service) {
    case "bedrock-mantle":
      // Served under the dual-stack suffix alone; no FIPS name is published for it.
      if (fips) {
        throw new AditError("invalid_config", "bedrock-mantle has no FIPS endpoint.", {
          param: "AWS_USE_FIPS_ENDPOINT",
        });
      }
      return `${label}.${region}.${dualStackDnsSuffix}`;
    case "sts":
      // GovCloud's plain name of STS is its FIPS name (AWS's endpoint rules).
      return `${id === "aws-us-gov" && !dualStack ? label : fipsLabel}.${region}.${suffix}`;
    case "bedrock":
    case "bedrock-runtime":
      return `${fipsLabel}.${region}.${suffix}`;
  }
}
