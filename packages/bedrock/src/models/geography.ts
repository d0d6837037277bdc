import { lineOf } from "./family-data.ts";
import { modelRows } from "./model-data.ts";
import { needText } from "../known-options.ts";

/**
 * Prefixes of cross-region inference profile ids: AWS's user guide, "Supported cross-region inference profiles"; `ap`, `sa`, `amer` and `in` as
 * other clients of Bedrock and its price lists know them. A list, not "the first label": providers (`ai21.`, `us-gov.`'s `us`) look alike.
 */
const geographies: ReadonlySet<string> = new Set([
  "us",
  "us-gov",
  "ca",
  "sa",
  "amer",
  "eu",
  "ap",
  "apac",
  "jp",
  "au",
  "in",
  "global",
]);

/** Regions by the start of their names -> their geographies, the narrowest first. A region outside the list has none: nothing is guessed for it. */
const geographiesOfRegions: readonly (readonly [start: string, geographies: readonly string[]])[] = [
  ["us-gov-", ["us-gov"]],
  ["us-iso", []],
  ["us-", ["us"]],
  ["ca-", ["ca"]],
  ["sa-", ["sa"]],
  ["eu-isoe-", []],
  ["eu-", ["eu"]],
  ["ap-northeast-1", ["jp", "apac"]],
  ["ap-northeast-3", ["jp", "apac"]],
  ["ap-southeast-2", ["au", "apac"]],
  ["ap-southeast-4", ["au", "apac"]],
  ["ap-south-", ["in", "apac"]],
  ["ap-", ["apac"]],
];

/** An id without its geography, and the geography, where it begins with a known one: `us.amazon.nova-lite-v1:0` -> `us`, `amazon.nova-lite-v1:0`. */
export function stripGeography(id: string): { geography: string | undefined; baseId: string } {
  needText(id, "model");
  const dot = id.indexOf(".");
  const first = dot === -1 ? "" : id.slice(0, dot);
  // What follows must still name a provider: `in.house` is a name, not a profile.
  if (id.indexOf(".", dot + 1) === -1 || !(geographies.has(first) || isNewGeography(first, id, dot))) {
    return { geography: undefined, baseId: id };
  }
  return { geography: first, baseId: id.slice(dot + 1) };
}

/**
 * AWS names new geographies every year (`jp`, `au`, `ca` and `in` came within one): a short first label that no provider has, before the id of a
 * model of a known line. Else Claude behind a new one would be a model of an unknown kind.
 */
function isNewGeography(first: string, id: string, dot: number): boolean {
  return newGeography.test(first) && lineOf(id) === undefined && lineOf(id.slice(dot + 1)) !== undefined;
}

const newGeography = /^[a-z]{2,6}(?:-[a-z]{2,6})?$/;

function geographiesOf(region: string): readonly string[] {
  needText(region, "region");
  return geographiesOfRegions.find(([start]) => region.startsWith(start))?.[1] ?? [];
}

/**
 * The narrowest geography of a region, such as `eu` for `eu-west-1` and `jp` for `ap-northeast-1`; undefined where AWS has no profiles of its own for
 * that part of the world.
 */
export function geographyOfRegion(region: string): string | undefined {
  return geographiesOf(region)[0];
}

/**
 * The geography of a profile that routes to these regions: the narrowest that holds them all, `global` where none does or where one has no region, as
 * AWS lists its global profiles. Undefined for one region alone: that is a copy of a model in its region.
 */
export function geographyOfRegions(regions: readonly string[]): string | undefined {
  const [first = "", ...others] = new Set(regions);
  if (first !== "" && others.length === 0) {
    return undefined;
  }
  const shared = geographiesOf(first).find((each) => others.every((region) => geographiesOf(region).includes(each)));
  return shared ?? "global";
}

/**
 * Id of the inference profile that holds `model`, a bare id, for a caller in `region`: of the geographies of the region that the data lists for the
 * model the narrowest, so that data stays as near as it can; for a model that is not in the data the region's own. Never `global.`: leaving the geography
 * is the caller's decision. Undefined for profiles, ARNs, and where there is none.
 */
export function profileIdFor(model: string, region: string): string | undefined {
  needText(model, "model");
  if (model.startsWith("arn:") || !model.includes(".") || stripGeography(model).geography !== undefined) {
    return undefined;
  }
  const candidates = geographiesOf(region);
  const listed = modelRows.get(model)?.geographies;
  const geography = listed === undefined ? candidates[0] : candidates.find((candidate) => listed.includes(candidate));
  return geography === undefined ? undefined : `${geography}.${model}`;
}
