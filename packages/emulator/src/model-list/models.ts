/** What the emulator's control plane lists. Shapes are those of AWS's service model of `bedrock`. */
import { catalogue, providers, type ModelRow } from "./catalogue.ts";
import { geographyNamed, mayCall, partitionOf, splitGeography } from "./geography.ts";
import { foundationModelArn, isModelId, modelNamedIn } from "./resolve-model.ts";

const modalities: Record<string, string> = { t: "TEXT", i: "IMAGE", v: "VIDEO", a: "SPEECH", e: "EMBEDDING" };
const profileDate = "2025-01-01T00:00:00Z";

/** `modelSummaries` of ListFoundationModels: every listed model, in the order of the ids. */
export function listFoundationModels(region: string): object[] {
  return [...catalogue.values()].map((row) => summaryOf(row, region));
}

/** `modelDetails` of GetFoundationModel, by id or ARN; undefined: no such model. */
export function foundationModel(id: string, region: string): object | undefined {
  const row = catalogue.get(id.slice(id.lastIndexOf("/") + 1));
  return row === undefined ? undefined : summaryOf(row, region);
}

/** `inferenceProfileSummaries` of ListInferenceProfiles: those that AWS defines and `region` may call. */
export function inferenceProfiles(region: string, account: string): object[] {
  return [...catalogue.values()].flatMap((row) =>
    row.geographies
      .filter((prefix) => isCallable(prefix, region))
      .map((prefix) => systemProfile(`${prefix}.${row.id}`, region, account)),
  );
}

/**
 * GetInferenceProfile's reply, by id or ARN; undefined: no such profile. Profiles that AWS defines are those of the list. Of application profiles any id is
 * taken and always stands for the same model: the one that it names (`emu-us.amazon.nova-lite-v1:0`), else Claude Haiku 4.5.
 */
export function inferenceProfile(idOrArn: string, region: string, account: string): object | undefined {
  const [, kind, name = idOrArn] = /^arn:[^/]*:((?:application-)?inference-profile)\/(.+)$/.exec(idOrArn) ?? [];
  if (kind === "application-inference-profile") return applicationProfile(name, region, account);
  const { geography, baseId } = splitGeography(name);
  if (geography !== undefined) {
    const isListed = catalogue.get(baseId)?.geographies.includes(geography.prefix) === true;
    return isListed && mayCall(geography, region) ? systemProfile(name, region, account) : undefined;
  }
  // A bare id of an application profile is twelve letters and digits, or one that names its model.
  return kind === undefined && /^([a-z0-9]{12}|emu-.+)$/.test(name) && !isModelId(name)
    ? applicationProfile(name, region, account)
    : undefined;
}

function summaryOf(row: ModelRow, region: string): object {
  return {
    customizationsSupported: [],
    inferenceTypesSupported: [row.profileOnly ? "INFERENCE_PROFILE" : "ON_DEMAND"],
    inputModalities: namesOf(row.input),
    modelArn: foundationModelArn(row.id, region),
    modelId: row.id,
    modelLifecycle: { status: row.lifecycle === "active" ? "ACTIVE" : "LEGACY" },
    modelName: row.name,
    outputModalities: namesOf(row.output),
    providerName: providers.get(row.provider) ?? row.provider,
    ...(row.output === "e" || row.output === "i" || row.output === "v" ? {} : { responseStreamingSupported: row.chat }),
  };
}

function namesOf(letters: string): string[] {
  return letters.split("").map((letter) => modalities[letter] ?? letter);
}

function isCallable(prefix: string, region: string): boolean {
  const geography = geographyNamed(prefix);
  return geography !== undefined && mayCall(geography, region);
}

function systemProfile(id: string, region: string, account: string): object {
  const { geography, baseId } = splitGeography(id);
  const name = catalogue.get(baseId)?.name ?? baseId;
  const prefix = geography?.prefix ?? "";
  return {
    createdAt: profileDate,
    description: `Routes requests to ${name} in ${prefix === "global" ? "all commercial regions" : `the regions of ${prefix}`}.`,
    inferenceProfileArn: `arn:${partitionOf(region)}:bedrock:${region}:${account}:inference-profile/${id}`,
    inferenceProfileId: id,
    // Names allow letters, digits, single spaces, `_` and `-`, up to 64.
    inferenceProfileName: `${prefix.toUpperCase()} ${name}`.replaceAll(/[^0-9a-zA-Z _-]+/g, "-").slice(0, 64),
    models: modelsOf(geography, baseId, region),
    status: "ACTIVE",
    type: "SYSTEM_DEFINED",
    updatedAt: profileDate,
  };
}

function applicationProfile(name: string, region: string, account: string): object {
  const baseId = modelNamedIn(name);
  const { geography } = splitGeography(name.replace(/^emu-/, ""));
  return {
    createdAt: profileDate,
    description: `Application inference profile of the emulator for ${baseId}`,
    inferenceProfileArn: `arn:${partitionOf(region)}:bedrock:${region}:${account}:application-inference-profile/${name}`,
    inferenceProfileId: name,
    inferenceProfileName: name.replaceAll(/[^0-9a-zA-Z]+/g, "-").slice(0, 64),
    // It is made of a model in its region, or of a profile that AWS defines: then it routes as that does.
    models:
      geography === undefined
        ? [{ modelArn: foundationModelArn(baseId, region) }]
        : modelsOf(geography, baseId, region),
    status: "ACTIVE",
    type: "APPLICATION",
    updatedAt: profileDate,
  };
}

/** Recorded in GetInferenceProfile: a global profile lists the model's ARN without region before the caller's own. */
function modelsOf(
  geography: ReturnType<typeof splitGeography>["geography"],
  baseId: string,
  region: string,
): { modelArn: string }[] {
  const regions = geography?.prefix === "global" ? ["", region] : (geography?.destinations ?? []);
  return regions.map((destination) => ({ modelArn: modelArnIn(baseId, destination, region) }));
}

function modelArnIn(baseId: string, destination: string, region: string): string {
  return destination === ""
    ? `arn:${partitionOf(region)}:bedrock:::foundation-model/${baseId}`
    : foundationModelArn(baseId, destination);
}
