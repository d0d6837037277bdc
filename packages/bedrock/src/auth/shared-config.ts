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
  /** Its settings, those of the credentials file over those of the config file; nested ones left out. */
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
  const named = variable(environment, "AWS_PROFILE");
  const name = named ?? "default";
  const paths = sharedConfigPaths(environment);
  const [config, credentials] = await Promise.all([textOf(paths.config), textOf(paths.credentials)]);
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

function sectionsOf(ini: string, name: string): Map<string, string>[] {
  const sections: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  for (const line of ini.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]/.exec(line)?.[1];
    if (header !== undefined) {
      current = headerName(header) === name ? new Map() : undefined;
      if (current !== undefined) {
        sections.push(current);
      }
      continue;
    }
    // An indented line belongs to a nested setting, such as those of s3.
    const [, key, value] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) {
      current?.set(key, value.replace(/\s[#;].*$/, "").trim());
    }
  }
  return sections;
}

function headerName(header: string): string {
  return header.trim().replace(/\s+/, " ").replaceAll(/["']/g, "");
}
