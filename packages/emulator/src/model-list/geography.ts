/** Geographies of AWS's cross-region inference profiles, and the regions that may call them. */

interface Geography {
  /** First part of the profile's id. */
  prefix: string;
  /** Regions that may call it. */
  callers: RegExp;
  /** Regions that its profiles lead to, for the control plane. */
  destinations: readonly string[];
}

/** Longer prefixes first: `us-gov` begins with `us`. Source: AWS's page of inference profiles; the destinations are a sample of it. */
const geographies: readonly Geography[] = [
  { prefix: "us-gov", callers: /^us-gov-/, destinations: ["us-gov-west-1", "us-gov-east-1"] },
  { prefix: "us", callers: /^(us-(?!gov|iso)|ca-)/, destinations: ["us-east-1", "us-east-2", "us-west-2"] },
  {
    prefix: "eu",
    callers: /^(eu-(?!iso)|il-)/,
    destinations: ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"],
  },
  {
    prefix: "apac",
    callers: /^(ap|me)-/,
    destinations: ["ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2"],
  },
  { prefix: "jp", callers: /^ap-northeast-[13]$/, destinations: ["ap-northeast-1", "ap-northeast-3"] },
  { prefix: "au", callers: /^ap-southeast-[246]$/, destinations: ["ap-southeast-2", "ap-southeast-4"] },
  { prefix: "ca", callers: /^ca-/, destinations: ["ca-central-1", "ca-west-1"] },
  { prefix: "in", callers: /^ap-south-/, destinations: ["ap-south-1", "ap-south-2"] },
  { prefix: "sa", callers: /^sa-/, destinations: ["sa-east-1"] },
  { prefix: "amer", callers: /^(us|ca|sa|mx)-/, destinations: ["us-east-1", "us-east-2", "us-west-2"] },
  { prefix: "global", callers: /^(?!us-gov-|us-iso|eu-iso|cn-)/, destinations: [] },
];

/** Splits `us.amazon.nova-lite-v1:0` into geography and base id; the geography is undefined where the id has none. */
export function splitGeography(id: string): { geography: Geography | undefined; baseId: string } {
  const geography = geographies.find(({ prefix }) => id.startsWith(`${prefix}.`));
  return { geography, baseId: geography === undefined ? id : id.slice(geography.prefix.length + 1) };
}

/** The geography of that name. */
export function geographyNamed(prefix: string): Geography | undefined {
  return geographies.find((geography) => geography.prefix === prefix);
}

/** True where a caller in `region` may use the geography's profiles. */
export function mayCall(geography: Geography, region: string): boolean {
  return geography.callers.test(region);
}

/** `aws`, `aws-us-gov` or `aws-cn`. */
export function partitionOf(region: string): string {
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return region.startsWith("cn-") ? "aws-cn" : "aws";
}
