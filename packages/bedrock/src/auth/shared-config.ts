import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { variable, type Environment } from "./environment.ts";
import { checkRegion } from "./region.ts";

/** A profile of AWS's shared config and credentials files. */
export interface Profile {
  name: string;
  /** True where `AWS_PROFILE` names it; false for `default` that nobody named. */
  isNamed: boolean;
  /** False where neither file has a section for it. */
  exists: boolean;
  /** Its settings, those of the credentials file over those of the config file. */
  settings: ReadonlyMap<string, string>;
}

/** Paths of the config and the credentials file: AWS's variables, else those in the home folder. */
export function sharedConfigPaths(environment: Environment): { config: string; credentials: string } {
  const folder = join(variable(environment, "HOME") ?? homedir(), ".aws");
  return {
    config: variable(environment, "AWS_CONFIG_FILE") ?? join(folder, "config"),
    credentials: variable(environment, "AWS_SHARED_CREDENTIALS_FILE") ?? join(folder, "credentials"),
  };
}

/** Reads the profile that `AWS_PROFILE` names, else `default`. A file that cannot be read counts as empty, as in AWS's SDKs. */
export async function readProfile(environment: Environment): Promise<Profile> {
  const paths = sharedConfigPaths(environment);
  const [config, credentials] = await Promise.all([textOf(paths.config), textOf(paths.credentials)]);
  return profileIn(config, credentials, variable(environment, "AWS_PROFILE"));
}

/** True where the profile has a credential process, or one of those does that stand behind its role. */
export async function runsProcess(environment: Environment, profile: Profile): Promise<boolean> {
  const seen = new Set<string>();
  let at: Profile | undefined = profile;
  while (at !== undefined && !seen.has(at.name)) {
    if (at.settings.has("credential_process")) return true;
    seen.add(at.name);
    const source = at.settings.get("source_profile");
    at = source === undefined ? undefined : await readProfile({ ...environment, AWS_PROFILE: source });
  }
  return false;
}

function profileIn(config: string, credentials: string, named: string | undefined): Profile {
  const name = named ?? "default";
  const sections = [
    ...(name === "default" ? sectionsOf(config, name) : []),
    ...sectionsOf(config, `profile ${name}`),
    ...sectionsOf(credentials, name),
  ];
  return {
    name,
    isNamed: named !== undefined,
    exists: sections.length > 0,
    settings: new Map(sections.flatMap((section) => [...section])),
  };
}

const endpointSettings = new WeakMap<Environment, { of: string; settings: ReadonlyMap<string, string> }>();

/**
 * The settings of the profile in use with those of its section of services, such as `bedrock_runtime.endpoint_url`: for endpoints, which
 * are asked for in the middle of a call. Read once for an environment, and again where it names another profile or other files.
 */
export function profileSettings(environment: Environment): ReadonlyMap<string, string> {
  const paths = sharedConfigPaths(environment);
  const named = variable(environment, "AWS_PROFILE");
  const of = JSON.stringify([paths, named]);
  const known = endpointSettings.get(environment);
  if (known?.of === of) {
    return known.settings;
  }
  const config = textNow(paths.config);
  const profile = profileIn(config, textNow(paths.credentials), named);
  const services = profile.settings.get("services");
  const ofServices = services === undefined ? [] : sectionsOf(config, `services ${services}`);
  const all = [...profile.settings, ...ofServices.flatMap((section) => [...section])];
  // Key pairs stand there too, and are not kept.
  const settings = new Map(all.filter(([name]) => !name.startsWith("aws_")));
  endpointSettings.set(environment, { of, settings });
  return settings;
}

/** The region of the profile in use; undefined where it names none. Throws AditError `invalid_region` for a text that is not a region. */
export async function regionFromProfile(environment: Environment): Promise<string | undefined> {
  const region = (await readProfile(environment)).settings.get("region");
  return region === undefined || region === "" ? undefined : checkRegion(region);
}

/** Empty for a file that is not there or cannot be read: AWS's SDKs pass both over, and the chain goes on. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}

function textNow(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * As AWS's SDKs read it: a setting is nested that is indented below one without a value, and is named with that, as is `endpoint_url` below
 * `bedrock_runtime =`: `bedrock_runtime.endpoint_url`. Indented by itself it is a setting like others.
 */
function sectionsOf(ini: string, name: string): Map<string, string>[] {
  const sections: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  let above = "";
  for (const line of ini.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]/.exec(line)?.[1];
    if (header !== undefined) {
      above = "";
      current = headerName(header) === name ? new Map() : undefined;
      if (current !== undefined) {
        sections.push(current);
      }
      continue;
    }
    const [, indent = "", key, value = ""] = /^(\s*)([\w-]+)\s*=([^]*)$/.exec(withoutComment(line)) ?? [];
    if (key !== undefined && value.trim() === "") {
      above = key;
    } else if (key !== undefined) {
      above = indent === "" ? "" : above;
      current?.set(above === "" ? key : `${above}.${key}`, value.trim());
    }
  }
  return sections;
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s)[#;][^]*$/, "");
}

function headerName(header: string): string {
  return header.trim().replace(/\s+/, " ").replaceAll(/["']/g, "");
}
