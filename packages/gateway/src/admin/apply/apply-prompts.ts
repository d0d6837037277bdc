/** Prompts and what belongs to them, as the file says: what it says is published. */
import { AditError } from "@adit/bedrock";
import type { PromptCollection } from "../../prompts/collections.ts";
import { isSameContent, type Prompt, type PromptContent, type PromptVersion } from "../../prompts/prompt.ts";
import { contentIn } from "../views/prompt-view.ts";
import { allNamed } from "./all-named.ts";
import type { CollectionEntry, LabelEntry, PartialEntry, PromptEntry } from "./apply-file.ts";
import { differing, step, type ApplyStep, type Place } from "./apply-step.ts";

/** Of collections of one name the oldest counts. */
export async function applyCollection(entry: CollectionEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const label = `${projectSlug}/${entry.name}`;
  if ((await collectionNamed(entry.name, place)) !== undefined) return step("keep", "collection", label);
  const parentId = entry.parent === undefined ? undefined : (await collectionIn(entry.parent, "parent", place)).id;
  await parts.promptCollections.create(projectId, { name: entry.name, parentId }, actor);
  return step("create", "collection", label);
}

async function collectionNamed(name: string, { parts, projectId }: Place): Promise<PromptCollection | undefined> {
  const [found] = await allNamed(name, (page) => parts.promptCollections.list(projectId, page));
  return found;
}

async function collectionIn(named: string, param: string, place: Place): Promise<PromptCollection> {
  const { parts, projectId } = place;
  const found = (await collectionNamed(named, place)) ?? (await parts.promptCollections.find(projectId, named));
  if (found !== undefined) return found;
  throw new AditError("not_found", `The project has no collection ${JSON.stringify(named.slice(0, 64))}.`, {
    param,
    remedy: "Name it in prompt_collections too.",
  });
}

export async function applyLabel(entry: LabelEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const { name, description, color_code: colorCode } = entry;
  const label = `${projectSlug}/${name}`;
  const wanted = { ...(description !== undefined && { description }), ...(colorCode !== undefined && { colorCode }) };
  const found = await parts.promptLabels.find(projectId, name);
  if (found === undefined) {
    await parts.promptLabels.create(projectId, { name, ...wanted }, actor);
    return step("create", "label", label);
  }
  const fields = differing(wanted, found);
  if (fields.length === 0) return step("keep", "label", label);
  await parts.promptLabels.update(found.id, wanted, actor);
  return { ...step("update", "label", label), fields };
}

export async function applyPartial(entry: PartialEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const { partials } = parts;
  const { slug, name, string: template, version_description: description } = entry;
  const label = `${projectSlug}/${slug}`;
  const found = await partials.find(projectId, slug);
  if (found === undefined) {
    await partials.create(projectId, { name, slug, template, description }, actor);
    return step("create", "partial", label);
  }
  const published = await partials.version(found.id, { kind: "published" });
  const isSaid = published?.template === template;
  const fields = [...differing({ name }, found), ...(isSaid ? [] : ["string"])];
  if (fields.length === 0) return step("keep", "partial", label);
  const after = await partials.update(found.id, { name, ...(!isSaid && { template, description }) }, actor);
  if (!isSaid) await partials.publish(found.id, after.currentVersion, actor);
  return { ...step("update", "partial", label), fields };
}

export async function applyPrompt(entry: PromptEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const { slug, name, collection, version_description: description } = entry;
  const label = `${projectSlug}/${slug}`;
  const collectionId = collection === undefined ? undefined : (await collectionIn(collection, "collection", place)).id;
  const found = await parts.prompts.find(projectId, slug);
  if (found === undefined) {
    const content = { parameters: {}, isRaw: false, string: "", ...contentIn(entry) };
    const made = await parts.prompts.create(projectId, { name, slug, collectionId, content, description }, actor);
    await pointLabels(entry, made, place);
    return step("create", "prompt", label);
  }
  const wanted = { name, ...(collectionId !== undefined && { collectionId }) };
  const said = differing(wanted, found);
  if (said.length > 0) await parts.prompts.update(found.id, wanted, actor);
  const fields = [...said, ...(await applyContent(entry, found, place)), ...(await pointLabels(entry, found, place))];
  return { ...step(fields.length > 0 ? "update" : "keep", "prompt", label), fields };
}

const members = [
  "string",
  "isRaw",
  "parameters",
  "model",
  "virtualKey",
  "tools",
  "functions",
  "toolChoice",
  "metadata",
];

/** The names of what is different from the published version. A draft beside it does not matter here. */
async function applyContent(entry: PromptEntry, { id }: Prompt, { parts, actor }: Place): Promise<string[]> {
  const { prompts } = parts;
  const published = await versionOf(id, { kind: "published" }, parts);
  const content: PromptContent = { ...published.content, ...contentIn(entry) };
  if (isSameContent(content, published.content)) return [];
  // Members that the draft has and this has not are taken away.
  const whole = { ...Object.fromEntries(members.map((name) => [name, undefined])), ...content };
  const after = await prompts.update(id, { content: whole, description: entry.version_description }, actor);
  await prompts.publish(id, after.currentVersion, actor);
  return differing(content, published.content);
}

/** Labels that did not point to the published version, and do now. */
async function pointLabels(entry: PromptEntry, { id }: Prompt, place: Place): Promise<string[]> {
  const { parts, actor, projectId } = place;
  let isChanged = false;
  for (const [index, name] of (entry.labels ?? []).entries()) {
    const version = await versionOf(id, { kind: "published" }, parts);
    if (version.labels.some((label) => label.name === name)) continue;
    const label = await parts.promptLabels.find(projectId, name);
    if (label === undefined) {
      const param = `labels[${index}]`;
      const words = `The project has no label ${JSON.stringify(name.slice(0, 64))}.`;
      throw new AditError("not_found", words, { param, remedy: "Name it in prompt_labels too." });
    }
    await parts.prompts.label(version, label.id, actor);
    isChanged = true;
  }
  return isChanged ? ["labels"] : [];
}

async function versionOf(
  promptId: string,
  selector: { kind: "published" },
  { prompts }: Place["parts"],
): Promise<PromptVersion> {
  const found = await prompts.version(promptId, selector);
  if (found === undefined) throw new AditError("internal", "The prompt has no published version.");
  return found;
}
