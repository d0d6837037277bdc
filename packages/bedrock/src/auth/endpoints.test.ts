import { describe, expect, it } from "vitest";
import {
  checkEndpointVariables,
  customEndpoint,
  resolveEndpoint,
  type AwsService,
  type Environment,
} from "./endpoints.ts";
import { partitionOf, partitions } from "./partitions.ts";
import { refusalOf } from "./testing/refusal.ts";
import { dataFile } from "../wire/testing/data-checks.ts";

function originOf(service: AwsService, region: string, environment: Environment = {}): string {
  return resolveEndpoint(service, region, environment).origin;
}

const fips = { AWS_USE_FIPS_ENDPOINT: "true" };
const dualStack = { AWS_USE_DUALSTACK_ENDPOINT: "true" };

describe("AWS's own hosts", () => {
  it.each([
    ["bedrock-runtime", "us-east-1", {}, "https://bedrock-runtime.us-east-1.amazonaws.com"],
    ["bedrock", "eu-west-3", {}, "https://bedrock.eu-west-3.amazonaws.com"],
    ["bedrock-runtime", "us-gov-west-1", fips, "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com"],
    ["bedrock-runtime", "cn-north-1", {}, "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"],
    ["bedrock-runtime", "eusc-de-east-1", {}, "https://bedrock-runtime.eusc-de-east-1.amazonaws.eu"],
    ["bedrock-runtime", "us-east-1", dualStack, "https://bedrock-runtime.us-east-1.api.aws"],
    ["bedrock-runtime", "us-east-1", { ...fips, ...dualStack }, "https://bedrock-runtime-fips.us-east-1.api.aws"],
    ["sts", "us-west-2", {}, "https://sts.us-west-2.amazonaws.com"],
    ["sts", "us-west-2", fips, "https://sts-fips.us-west-2.amazonaws.com"],
    ["sts", "us-gov-west-1", fips, "https://sts.us-gov-west-1.amazonaws.com"],
    ["bedrock-mantle", "us-east-1", {}, "https://bedrock-mantle.us-east-1.api.aws"],
  ] as const)("%s in %s under %j", (service, region, environment, origin) => {
    const endpoint = resolveEndpoint(service, region, environment);
    expect(endpoint.origin).toBe(origin);
    expect(endpoint.hostHeader).toBe(origin.slice("https://".length));
    expect(endpoint.basePath).toBe("");
    expect(endpoint.signingRegion).toBe(region);
  });

  it("signs Bedrock's services under one name", () => {
    const names = (["bedrock-runtime", "bedrock", "sts", "bedrock-mantle"] as const).map(
      (service) => resolveEndpoint(service, "us-east-1", {}).signingService,
    );
    expect(names).toEqual(["bedrock", "bedrock", "sts", "bedrock-mantle"]);
  });

  it("knows no FIPS name of bedrock-mantle, and says so instead of calling the plain one", () => {
    expect(refusalOf(() => resolveEndpoint("bedrock-mantle", "us-east-1", fips)).code).toBe("invalid_config");
  });

  it("refuses a switch that is neither true nor false", () => {
    const error = refusalOf(() => resolveEndpoint("sts", "us-east-1", { AWS_USE_FIPS_ENDPOINT: "yes" }));
    expect(error).toMatchObject({ code: "invalid_config", param: "AWS_USE_FIPS_ENDPOINT" });
  });

  it.each([
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_ENDPOINT_URL_BEDROCK",
    "AWS_ENDPOINT_URL_STS",
    "ADIT_ENDPOINT_URL_MANTLE",
  ])("is found to be out of form before any call: %s", (name) => {
    expect(refusalOf(() => checkEndpointVariables({ [name]: "neither" })).param).toBe(name);
    const good = name.includes("URL") && !name.includes("IGNORE") ? "http://localhost:8788" : "true";
    expect(() => checkEndpointVariables({ [name]: good })).not.toThrow();
  });

  it("refuses a region that is none before it becomes a host", () => {
    expect(refusalOf(() => resolveEndpoint("bedrock", "evil.example/", {})).code).toBe("invalid_region");
  });
});

describe("custom endpoints", () => {
  it("keeps scheme, port and base path, and signs the Host as sent", () => {
    const environment = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://localhost:8080/aws/" };
    expect(resolveEndpoint("bedrock-runtime", "eu-west-1", environment)).toEqual({
      origin: "http://localhost:8080",
      basePath: "/aws",
      hostHeader: "localhost:8080",
      signingService: "bedrock",
      signingRegion: "eu-west-1",
    });
  });

  it("B30: keeps the host of a VPC endpoint, without the scheme's own port", () => {
    const url = "https://vpce-0a1b.bedrock-runtime.us-east-1.vpce.amazonaws.com:443";
    const endpoint = resolveEndpoint("bedrock-runtime", "us-east-1", { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url });
    expect(endpoint.hostHeader).toBe("vpce-0a1b.bedrock-runtime.us-east-1.vpce.amazonaws.com");
    expect(endpoint.origin).toBe("https://vpce-0a1b.bedrock-runtime.us-east-1.vpce.amazonaws.com");
  });

  it("takes the service's own variable before the general one, and an empty one as unset", () => {
    const environment = {
      AWS_ENDPOINT_URL: "http://all:1",
      AWS_ENDPOINT_URL_STS: "http://sts:2",
      AWS_ENDPOINT_URL_BEDROCK: " ",
      ADIT_ENDPOINT_URL_MANTLE: "http://mantle:5",
    };
    const origins = (["bedrock-runtime", "bedrock", "sts", "bedrock-mantle"] as const).map((service) =>
      originOf(service, "us-east-1", environment),
    );
    expect(origins).toEqual(["http://all:1", "http://all:1", "http://sts:2", "http://mantle:5"]);
    const ignored = { ...environment, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    expect(originOf("sts", "us-east-1", ignored)).toBe("https://sts.us-east-1.amazonaws.com");
    expect(originOf("bedrock", "us-east-1", ignored)).toBe("https://bedrock.us-east-1.amazonaws.com");
    expect(originOf("bedrock-mantle", "us-east-1", ignored)).toBe("http://mantle:5");
  });

  it.each([
    [fips, "Invalid Configuration: FIPS and custom endpoint are not supported"],
    [dualStack, "Invalid Configuration: Dualstack and custom endpoint are not supported"],
  ])("does not go with %j, in the words of AWS's SDK", (environment, message) => {
    const error = refusalOf(() =>
      resolveEndpoint("sts", "us-east-1", { ...environment, AWS_ENDPOINT_URL: "http://x:1" }),
    );
    expect(error).toMatchObject({ code: "invalid_config", message });
    expect(error.remedy).toContain("AWS_ENDPOINT_URL");
  });

  it.each(["localhost:8080", "ftp://x", "http://user:hunter2@x", "http://x?q=1", "http://x#f", "::"])(
    "refuses %s without repeating it",
    (url) => {
      const error = refusalOf(() => resolveEndpoint("sts", "us-east-1", { AWS_ENDPOINT_URL: url }));
      expect(error).toMatchObject({ code: "invalid_config", param: "AWS_ENDPOINT_URL" });
      expect(error.describe()).not.toContain("hunter2");
    },
  );

  it("can come from elsewhere than the environment", () => {
    expect(customEndpoint("http://[::1]:9", "bedrock", "us-east-1", "base_url").hostHeader).toBe("[::1]:9");
    for (const address of ["nowhere", "https://ada:secret@a.example"]) {
      const refusal = refusalOf(() => customEndpoint(address, "bedrock", "us-east-1", "base_url"));
      expect(refusal).toMatchObject({ param: "base_url", remedy: "Correct or unset base_url." });
    }
  });
});

describe("partitions", () => {
  it.each([
    ["us-east-1", "aws"],
    ["mx-central-1", "aws"],
    ["us-gov-east-1", "aws-us-gov"],
    ["cn-northwest-1", "aws-cn"],
    ["us-iso-east-1", "aws-iso"],
    ["us-isob-east-1", "aws-iso-b"],
    ["eu-isoe-west-1", "aws-iso-e"],
    ["us-isof-south-1", "aws-iso-f"],
    ["eusc-de-east-1", "aws-eusc"],
    ["nz-north-1", "aws"],
  ])("%s is in %s", (region, id) => {
    expect(partitionOf(region).id).toBe(id);
  });
});

// AWS's own endpoint rule sets, run by a small interpreter: no part of the project, so only where they are found.
type Rule = Readonly<{
  type: "tree" | "endpoint" | "error";
  conditions?: readonly Expression[];
  rules?: readonly Rule[];
  endpoint?: { url: unknown };
  error?: string;
}>;
type Expression = Readonly<{ fn: string; argv: readonly unknown[]; assign?: string }>;
type Scope = Record<string, unknown>;

function outputsOf(region: string): Scope {
  const { id, dnsSuffix, dualStackDnsSuffix } = partitionOf(region);
  return { name: id, dnsSuffix, dualStackDnsSuffix, supportsFIPS: true, supportsDualStack: true };
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (typeof value === "string") {
    return value.replaceAll(/\{(\w+)(?:#(\w+))?\}/g, (_, name: string, member?: string) => {
      const found = scope[name];
      return String(member === undefined ? found : (found as Scope)[member]);
    });
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if ("ref" in value) {
    return scope[String(value.ref)];
  }
  const { fn, argv } = value as Expression;
  const values = argv.map((argument) => evaluate(argument, scope));
  switch (fn) {
    case "isSet":
      return values[0] !== undefined;
    case "not":
      return values[0] !== true;
    case "booleanEquals":
    case "stringEquals":
      return values[0] === values[1];
    case "getAttr":
      return (values[0] as Scope)[String(values[1])];
    case "aws.partition":
      return outputsOf(String(values[0]));
    default:
      throw new Error(`the rule set calls ${fn}`);
  }
}

function runRules(rules: readonly Rule[], scope: Scope): string | undefined {
  for (const rule of rules) {
    const inner = { ...scope };
    const holds = (rule.conditions ?? []).every((condition) => {
      const value = evaluate(condition, inner);
      if (condition.assign !== undefined) {
        inner[condition.assign] = value;
      }
      return value !== undefined && value !== false;
    });
    if (!holds) {
      continue;
    }
    if (rule.type === "tree") {
      return runRules(rule.rules ?? [], inner);
    }
    return rule.type === "error" ? rule.error : String(evaluate(rule.endpoint?.url, inner));
  }
  return undefined;
}

function originOrWords(service: AwsService, region: string, environment: Environment): string {
  try {
    return originOf(service, region, environment);
  } catch (error) {
    return (error as Error).message;
  }
}

const ruledServices = ["bedrock-runtime", "bedrock", "sts"] as const;
const regions = [
  "us-east-1",
  "eu-central-2",
  "ap-southeast-7",
  "us-gov-west-1",
  "cn-north-1",
  "eusc-de-east-1",
  "us-iso-west-1",
  "us-isob-east-1",
  "eu-isoe-west-1",
  "us-isof-east-1",
];

const rulesOf = (service: string): Rule[] | undefined =>
  (dataFile(`aws.${service}.endpoint-rule-set-1.json`) as { rules: Rule[] } | undefined)?.rules;

describe.skipIf(ruledServices.every((service) => rulesOf(service) === undefined))(
  "AWS's endpoint rule sets (run where ADIT_DATA_CHECKS is found)",
  () => {
    it.each(ruledServices)("agree on %s", (service) => {
      const rules = rulesOf(service);
      if (rules === undefined) throw new Error(`There is no rule set of ${service}.`);
      for (const region of regions) {
        for (const [UseFIPS, UseDualStack, Endpoint] of [
          [false, false, undefined],
          [true, false, undefined],
          [false, true, undefined],
          [true, true, undefined],
          [false, false, "http://localhost:1"],
          [true, false, "http://localhost:1"],
          [false, true, "http://localhost:1"],
        ] as const) {
          const environment = {
            AWS_USE_FIPS_ENDPOINT: String(UseFIPS),
            AWS_USE_DUALSTACK_ENDPOINT: String(UseDualStack),
            AWS_ENDPOINT_URL: Endpoint,
          };
          const scope = { Region: region, UseFIPS, UseDualStack, Endpoint, UseGlobalEndpoint: false };
          expect({ ...scope, result: originOrWords(service, region, environment) }).toEqual({
            ...scope,
            result: runRules(rules, scope),
          });
        }
      }
    });

    it("cover every partition", () => {
      expect(new Set(regions.map((region) => partitionOf(region).id)).size).toBe(partitions.length);
    });
  },
);
