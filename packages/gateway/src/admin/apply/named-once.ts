/** What a file names twice would be brought to the one and to the other at each run: the same file would never be done. */
import { AditError } from "@adit/bedrock";
import type { ApplyFile, ProjectEntry } from "./apply-file.ts";

/** The lists of a project, by what tells their entries apart. */
const lists = {
  slug: ["virtual_keys", "guardrails", "configs", "connectors", "prompt_partials", "prompts"],
  name: ["prompt_collections", "prompt_labels", "api_keys", "budgets", "rate_limits"],
} as const satisfies Record<string, readonly (keyof ProjectEntry)[]>;

/** @throws AditError `invalid_request` with the path of what the file has named before. */
export function checkNamedOnce({ projects }: ApplyFile): void {
  checkList(
    projects.map(({ slug }) => slug),
    (index) => `projects[${index}].slug`,
  );
  for (const [place, project] of projects.entries()) {
    const path = `projects[${place}]`;
    for (const list of lists.slug) {
      checkList(
        (project[list] ?? []).map(({ slug }) => slug),
        (index) => `${path}.${list}[${index}].slug`,
      );
    }
    for (const list of lists.name) {
      checkList(
        (project[list] ?? []).map(({ name }) => name),
        (index) => `${path}.${list}[${index}].name`,
      );
    }
    checkDefault(project, path);
  }
}

function checkList(names: readonly (string | undefined)[], pathOf: (index: number) => string): void {
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    if (name === undefined) continue;
    const before = seen.get(name);
    if (before !== undefined) throw twice(pathOf(index), `is that of ${pathOf(before)} too`);
    seen.set(name, index);
  }
}

/** A project has one default at most: the last one that is made it. */
function checkDefault({ configs = [] }: ProjectEntry, path: string): void {
  const defaults = [...configs.entries()].filter(([, config]) => config.default === true).map(([index]) => index);
  const [first, second] = defaults;
  if (second === undefined) return;
  throw twice(`${path}.configs[${second}].default`, `is that of ${path}.configs[${first}] too`);
}

function twice(param: string, words: string): AditError {
  return new AditError("invalid_request", `${param} ${words}: the file would undo at each run what it has done.`, {
    param,
    remedy: "Say it once, or give one of the two another name.",
  });
}
