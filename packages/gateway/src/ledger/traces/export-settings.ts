/** Where traces go, by OpenTelemetry's own variables (specification: OTLP exporter, SDK environment variables). */
import { Secret, type Environment } from "@adit/bedrock";
import { parseUrl, variable } from "@adit/bedrock/gateway";
import { settingFault } from "../../setting-fault.ts";
import { defaultSampler, samplerNamed, type Sampler } from "./sampler.ts";
import { knownOf, type Attributes } from "./span.ts";

export interface TraceExportSettings {
  /** The whole address: what is posted goes there. */
  endpoint: string;
  /** Names and values of headers, as the variables have them: a value may be a key. */
  headers: ReadonlyMap<string, Secret>;
  /** For one request. */
  timeoutMs: number;
  /** By `OTEL_TRACES_SAMPLER`. */
  isSent: Sampler;
  /** What the operator should know of the variables at the start. */
  warning: string | undefined;
  /** What the spans are of. */
  resource: Attributes;
}

const tracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const anyEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
const samplerName = "OTEL_TRACES_SAMPLER";
const samplerArgument = "OTEL_TRACES_SAMPLER_ARG";
/** What switches traces off. */
const offValues = [
  ["OTEL_SDK_DISABLED", "true"],
  ["OTEL_TRACES_EXPORTER", "none"],
  [samplerName, "always_off"],
] as const;
const defaultTimeoutMs = 10_000;
const longestTimeoutMs = 60_000;

/**
 * Undefined where no endpoint is named, or where another variable says that nothing is to be sent.
 * @throws AditError `invalid_request` with the variable, and never with its value: it may hold a key.
 */
export function readTraceExport(variables: Environment): TraceExportSettings | undefined {
  const endpoint = endpointIn(variables);
  if (endpoint === undefined || offValues.some(([name, off]) => wordIn(variables, name) === off)) return undefined;
  checkProtocol(variables);
  return {
    endpoint,
    headers: headersIn(variables),
    timeoutMs: timeoutIn(variables),
    ...samplerIn(variables),
    resource: resourceIn(variables),
  };
}

/** A word out of a list: OpenTelemetry's are the same in capitals. */
function wordIn(variables: Environment, name: string): string | undefined {
  return variable(variables, name)?.toLowerCase();
}

/** The variable of traces alone, else that of all signals. */
function signalText(variables: Environment, end: string): { name: string; value: string } | undefined {
  for (const name of [`OTEL_EXPORTER_OTLP_TRACES_${end}`, `OTEL_EXPORTER_OTLP_${end}`]) {
    const value = variable(variables, name);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

/** That of traces is taken as it is; that of all signals is where `v1/traces` stands under. */
function endpointIn(variables: Environment): string | undefined {
  const own = variable(variables, tracesEndpoint);
  if (own !== undefined) return checkedUrl(tracesEndpoint, own).href;
  const base = variable(variables, anyEndpoint);
  if (base === undefined) return undefined;
  const url = checkedUrl(anyEndpoint, base);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  return url.href;
}

function checkedUrl(name: string, text: string): URL {
  const url = parseUrl(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw settingFault(name, "is no http or https address, such as http://127.0.0.1:4318.");
  }
  if (url.username !== "" || url.password !== "") {
    throw settingFault(name, "holds a user or a password: they belong in OTEL_EXPORTER_OTLP_HEADERS.");
  }
  return url;
}

/** Who set gRPC named its port too: what is posted there would never arrive. */
function checkProtocol(variables: Environment): void {
  const protocol = signalText(variables, "PROTOCOL");
  if (protocol === undefined || /^http\/(json|protobuf)$/i.test(protocol.value)) return;
  throw settingFault(protocol.name, "must be http/json (or http/protobuf, which collectors take at the same port).");
}

/** What the specification says of a sampler that is not known: the default, and a warning. */
function samplerIn(variables: Environment): Pick<TraceExportSettings, "isSent" | "warning"> {
  const name = wordIn(variables, samplerName);
  const isSent = name === undefined ? defaultSampler : samplerNamed(name, () => ratioIn(variables));
  if (isSent !== undefined) return { isSent, warning: undefined };
  const warning = `${samplerName} names a sampler that Adit does not know: parentbased_always_on takes its place.`;
  return { isSent: defaultSampler, warning };
}

/** Where none is given, the specification's 1. */
function ratioIn(variables: Environment): number {
  const given = variable(variables, samplerArgument);
  const ratio = Number(given ?? 1);
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw settingFault(samplerArgument, "must be a number from 0 to 1: the share of traces that are sent.");
}

function timeoutIn(variables: Environment): number {
  const given = signalText(variables, "TIMEOUT");
  if (given === undefined) return defaultTimeoutMs;
  const timeoutMs = Number(given.value);
  if (Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= longestTimeoutMs) return timeoutMs;
  throw settingFault(given.name, `must be a whole number of milliseconds from 1 to ${longestTimeoutMs}.`);
}

function headersIn(variables: Environment): Map<string, Secret> {
  const given = signalText(variables, "HEADERS");
  if (given === undefined) return new Map();
  const pairs = pairsIn(given.name, given.value);
  try {
    new Headers(pairs);
  } catch {
    // The error's words quote the value.
    throw settingFault(given.name, "holds what cannot be a header.");
  }
  return new Map(pairs.map(([name, value]) => [name.toLowerCase(), new Secret(value)]));
}

function resourceIn(variables: Environment): Attributes {
  const name = "OTEL_RESOURCE_ATTRIBUTES";
  const given = Object.fromEntries(pairsIn(name, variable(variables, name) ?? ""));
  const service = variable(variables, "OTEL_SERVICE_NAME") ?? given["service.name"] ?? "adit";
  return knownOf({ ...given, "service.name": service });
}

/** `name=value,name=value`, percent-encoded where need be, as in W3C Baggage. */
function pairsIn(name: string, text: string): [string, string][] {
  const entries = text.split(",").map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== "")
    .map((entry) => {
      const at = entry.indexOf("=");
      if (at < 1) throw settingFault(name, "must be pairs such as name=value, with commas between.");
      try {
        return [decodeURIComponent(entry.slice(0, at).trim()), decodeURIComponent(entry.slice(at + 1).trim())];
      } catch {
        throw settingFault(name, "holds a % that begins no percent-encoding: write %25.");
      }
    });
}
