/** `adit prompts`: stored prompts, on the machine that has the store. */
import { AditError, type JsonValue } from "@adit/bedrock";
import { parsedJson } from "@adit/bedrock/gateway";
import { checkWhole } from "../admin/find-prompt.ts";
import type { ChangeParts } from "../admin/parts.ts";
import type { Prompt, PromptVersion } from "../prompts/prompt.ts";
import { readReference } from "../prompts/reference.ts";
import type { Actor } from "../store/audit.ts";
import { wholeList } from "../store/list-page.ts";
import { missing } from "./missing.ts";
import { Misuse } from "./misuse.ts";

interface Place {
  parts: ChangeParts;
  projectId: string;
  /** Slug or id, with what stands behind its `@`. */
  name: string;
}

const actor: Actor = { kind: "command" };
/** As many as are compared with a slug that is not there. */
const limit = 1_000;

/** Each gives the lines to print. */
export const promptActions = {
  list: async ({ parts, projectId }: Place): Promise<string[]> =>
    (await wholeList((page) => parts.prompts.list(projectId, page))).map(
      ({ slug, publishedVersion, currentVersion, name }) =>
        [slug, `version ${publishedVersion} of ${currentVersion}`, name].join("\t"),
    ),
  show: async (place: Place): Promise<string[]> => {
    const { prompt, version } = await promptOf(place);
    return [JSON.stringify(entryOf(prompt, version), undefined, 2)];
  },
  publish: async (place: Place): Promise<string[]> => {
    // Else the published version would be published again, and its line would look as if another were.
    if (readReference(place.name).selector.kind === "published") {
      throw new Misuse("publish needs a version: SLUG@3, or SLUG@latest.");
    }
    const { prompt, version } = await promptOf(place);
    const { slug, publishedVersion } = await place.parts.prompts.publish(prompt.id, version.version, actor);
    return [`${slug}\tversion ${publishedVersion}`];
  },
  delete: async (place: Place): Promise<string[]> => {
    checkWhole(place.name, "prompt");
    const { prompt } = await promptOf(place);
    await place.parts.prompts.remove(prompt.id, actor);
    return [];
  },
};

async function promptOf({ parts, projectId, name }: Place): Promise<{ prompt: Prompt; version: PromptVersion }> {
  const { name: slug, selector } = readReference(name);
  const prompt = await parts.prompts.find(projectId, slug);
  if (prompt === undefined) throw missing("prompt", slug, await parts.prompts.list(projectId, { limit }));
  const version = await parts.prompts.version(prompt.id, selector);
  if (version !== undefined) return { prompt, version };
  throw new AditError("not_found", `The prompt ${slug} has no such version: its newest is ${prompt.currentVersion}.`, {
    remedy: "Name a number, latest, or a label that one of them has.",
  });
}

/** As the file of `adit apply` has it. Members that are undefined do not show. */
function entryOf({ slug, name }: Prompt, { content }: PromptVersion): object {
  return {
    slug,
    name,
    string: content.isRaw ? content.string : templateOf(content.string),
    model: content.model,
    virtual_key: content.virtualKey,
    parameters: content.parameters,
    tools: content.tools,
    functions: content.functions,
    tool_choice: content.toolChoice,
    template_metadata: content.metadata,
    is_raw_template: content.isRaw ? 1 : undefined,
  };
}

/** Messages as a list, which is easier to read and to compare. */
function templateOf(text: string): JsonValue {
  const read = parsedJson(text);
  return Array.isArray(read) ? read : text;
}
