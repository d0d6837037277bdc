/** Prompts as the control API takes and shows them: in Portkey's shapes. */
import { isJsonObject, type JsonObject } from "@adit/bedrock";
import type { Prompt, PromptContent, PromptVersion } from "../../prompts/prompt.ts";
import type { PromptContentFields } from "../schemas/prompts.ts";
import { momentOf } from "../schemas/schema.ts";

export function promptEntryOf(prompt: Prompt & { content: PromptContent }) {
  return { ...entryOf(prompt), model: modelOf(prompt.content) };
}

function entryOf(prompt: Prompt) {
  return {
    id: prompt.id,
    object: "prompt",
    name: prompt.name,
    slug: prompt.slug,
    workspace_id: prompt.projectId,
    collection_id: prompt.collectionId ?? null,
    status: "active",
    published_version: prompt.publishedVersion,
    latest_version: prompt.currentVersion,
    created_at: momentOf(prompt.createdAt),
    last_updated_at: momentOf(prompt.updatedAt),
  };
}

function modelOf({ model, parameters }: PromptContent): string | null {
  const named = model ?? parameters["model"];
  return typeof named === "string" ? named : null;
}

export function promptViewOf(prompt: Prompt, version: PromptVersion) {
  return { ...entryOf(prompt), ...versionFieldsOf(prompt, version) };
}

export function promptVersionOf(prompt: Prompt, version: PromptVersion) {
  const { id, promptId } = version;
  return { id, object: "prompt_version", prompt_id: promptId, ...versionFieldsOf(prompt, version) };
}

function versionFieldsOf(prompt: Prompt, { id, version, content, labels, ...rest }: PromptVersion) {
  return {
    string: content.string,
    parameters: content.parameters,
    virtual_key: content.virtualKey ?? null,
    model: modelOf(content),
    functions: content.functions ?? null,
    tools: content.tools ?? null,
    tool_choice: content.toolChoice ?? null,
    template_metadata: content.metadata ?? null,
    is_raw_template: content.isRaw ? 1 : 0,
    prompt_version: version,
    prompt_version_id: id,
    prompt_version_status: version === prompt.publishedVersion ? "active" : "archived",
    prompt_version_description: rest.description ?? null,
    prompt_version_label_id: labels[0]?.id ?? null,
    prompt_version_labels: labels,
    prompt_version_created_by: rest.authorId ?? null,
    prompt_version_created_at: momentOf(rest.createdAt),
  };
}

/** What the body names of a version's content; a member that is null is taken away. */
export function contentIn(fields: PromptContentFields): Partial<PromptContent> {
  const { string, is_raw_template: isRaw, parameters, virtual_key: virtualKey } = fields;
  return {
    ...(string !== undefined && { string: typeof string === "string" ? string : JSON.stringify(string) }),
    ...(isRaw !== undefined && { isRaw }),
    ...(parameters !== undefined && { parameters: (parameters ?? {}) as JsonObject }),
    ...optional("model", fields.model),
    ...optional("virtualKey", virtualKey?.replace(/^@/, "")),
    ...optional("functions", fields.functions),
    ...optional("tools", fields.tools),
    ...optional("toolChoice", fields.tool_choice),
    ...optional("metadata", fields.template_metadata),
  };
}

/** An empty text or object says as little as null: Portkey's clients send such for what they do not set. */
function optional(name: keyof PromptContent, value: unknown): Partial<PromptContent> {
  if (value === undefined) return {};
  const isNothing = value === "" || value === null || (isJsonObject(value) && Object.keys(value).length === 0);
  return { [name]: isNothing ? undefined : value };
}
