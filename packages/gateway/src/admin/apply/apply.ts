/** Brings the store to what a file says. What the file does not name stays as it is; nothing is deleted. */
import { AditError, type JsonObject } from "@adit/bedrock";
import type { Actor } from "../../store/audit.ts";
import type { VirtualKeyInput } from "../../vault/virtual-key.ts";
import { termsOf as keyTermsOf } from "../views/api-key-view.ts";
import { withKnownNames } from "../known-names.ts";
import type { ChangeParts } from "../parts.ts";
import { attributionParts, termsOf } from "../views/virtual-key-view.ts";
import { differing, step, withoutNulls, withoutSameEnd, type ApplyStep, type Place } from "./apply-step.ts";
import { gatewayKeyAsKept, virtualKeyAsKept } from "./as-kept.ts";
import { applyConnector } from "./apply-connectors.ts";
import { applyProvider, followsAnother } from "./apply-providers.ts";
import { applyBudget, applyRateLimit } from "./apply-limits.ts";
import type {
  ApiKeyEntry,
  ApplyFile,
  ConfigEntry,
  GuardrailEntry,
  ProjectEntry,
  VirtualKeyEntry,
} from "./apply-file.ts";
import { keysNamed } from "./keys-named.ts";
import { applyCollection, applyLabel, applyPartial, applyPrompt } from "./apply-prompts.ts";

/**
 * Within one transaction, so that a fault anywhere leaves all as it was.
 * @throws AditError with the path in the file.
 */
export async function apply(file: ApplyFile, parts: ChangeParts, actor: Actor): Promise<ApplyStep[]> {
  const steps: ApplyStep[] = [];
  for (const [index, entry] of file.projects.entries()) {
    const path = `projects[${index}]`;
    const { step, projectId } = await at(path, () => applyProject(entry, parts, actor));
    steps.push(step);
    const place: Place = { parts, actor, projectId, projectSlug: entry.slug };
    for (const { name, entries, run } of listsOf(entry)) {
      for (const [number, each] of entries) {
        steps.push(await at(`${path}.${name}[${number}]`, () => run(each, place)));
      }
    }
  }
  return steps;
}

interface EntryList<Entry> {
  /** In the file. */
  name: string;
  /** With their places in the file, in the order in which they are run. */
  entries: readonly (readonly [number, Entry])[];
  run: (entry: Entry, place: Place) => Promise<ApplyStep>;
}

function list<Entry>(
  name: string,
  entries: readonly Entry[] | undefined,
  run: EntryList<Entry>["run"],
): EntryList<unknown> {
  // What is run has been read as this list's own.
  return { name, entries: [...(entries ?? []).entries()], run: (entry, place) => run(entry as Entry, place) };
}

/** Whoever assumes a role comes before the role, and who is followed before those that follow. */
function virtualKeysOf({ virtual_keys }: ProjectEntry): EntryList<unknown> {
  const keys = list("virtual_keys", virtual_keys, (entry: VirtualKeyEntry, place) =>
    entry.integration === undefined ? applyVirtualKey(entry, place) : applyProvider(entry, entry.integration, place),
  );
  const rank = ([, entry]: readonly [number, unknown]): number => {
    const { integration, credential } = entry as VirtualKeyEntry;
    if (integration !== undefined) return 2;
    return credential?.["source"] === undefined ? 0 : 1;
  };
  return { ...keys, entries: keys.entries.toSorted((one, other) => rank(one) - rank(other)) };
}

/** What a project is to have, in an order in which nothing comes before what it names. */
function listsOf(entry: ProjectEntry): EntryList<unknown>[] {
  return [
    virtualKeysOf(entry),
    list("prompt_collections", entry.prompt_collections, applyCollection),
    list("prompt_labels", entry.prompt_labels, applyLabel),
    list("prompt_partials", entry.prompt_partials, applyPartial),
    list("prompts", entry.prompts, applyPrompt),
    list("guardrails", entry.guardrails, applyGuardrail),
    list("configs", entry.configs, applyConfig),
    list("connectors", entry.connectors, applyConnector),
    list("api_keys", entry.api_keys, applyApiKey),
    list("budgets", entry.budgets, applyBudget),
    list("rate_limits", entry.rate_limits, applyRateLimit),
  ];
}

/** Says where in the file a fault is. */
async function at<Result>(path: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    const param = error.param === undefined ? path : `${path}.${error.param}`;
    throw new AditError(error.code, `${path}: ${error.message}`, { param, remedy: error.remedy, cause: error });
  }
}

async function applyProject(entry: ProjectEntry, { projects }: ChangeParts, actor: Actor) {
  const { slug, name, description } = entry;
  const found = await projects.find(slug);
  if (found === undefined) {
    const made = await projects.create({ name: name ?? slug, slug, description }, actor);
    return { step: step("create", "project", slug), projectId: made.id };
  }
  const wanted = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
  const fields = differing({ ...wanted, ...(description === "" && { description: undefined }) }, found);
  if (fields.length > 0) await projects.update(found.id, wanted, actor);
  return { step: { ...step(fields.length > 0 ? "update" : "keep", "project", slug), fields }, projectId: found.id };
}

async function applyVirtualKey(entry: VirtualKeyEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const { virtualKeys } = parts;
  const { slug, name, kind, credential = {}, endpoint, disabled } = entry;
  const label = `${projectSlug}/${slug}`;
  const { attribution, ...rest } = termsOf(entry);
  const own = { name, ...rest, ...(endpoint !== undefined && { endpoint }) };
  const attributed = { ...(attribution !== undefined && { attribution: attribution ?? attributionParts({}) }) };
  const switched = { ...(disabled !== undefined && { disabled }) };
  const terms = { ...own, ...attributed };
  const parted = { ...(kind !== undefined && { kind }), credential };
  const found = await virtualKeys.bySlug(projectId, slug);
  if (found?.follows !== undefined) throw followsAnother(slug, found.follows.slug);
  if (found === undefined) {
    const input = { ...withoutNulls(terms), ...parted, slug } as VirtualKeyInput;
    return { ...step("create", "virtual key", label), warnings: await makeVirtualKey(input, disabled, place) };
  }
  const present = { ...found, attribution: attributionParts(found.attribution ?? {}) };
  const isSame = await virtualKeys.hasCredential(found.id, { ...parted, region: entry.region });
  const fields = [
    ...differing({ ...virtualKeyAsKept(own, found), ...attributed, ...switched }, present),
    ...(isSame ? [] : ["credential"]),
  ];
  if (fields.length === 0) return step("keep", "virtual key", label);
  // To another endpoint goes no secret that is not given again, as the file does.
  const isGiven = !isSame || fields.includes("endpoint");
  const patch = { ...withoutSameEnd(terms, fields), ...switched, ...(isGiven && parted) };
  const { warnings } = await virtualKeys.update(found.id, patch, actor);
  return { ...step("update", "virtual key", label), fields, warnings };
}

async function makeVirtualKey(
  input: VirtualKeyInput,
  disabled: boolean | undefined,
  { parts: { virtualKeys }, actor, projectId }: Place,
): Promise<readonly string[]> {
  const { virtualKey, warnings } = await virtualKeys.create(projectId, input, actor);
  if (disabled === true) await virtualKeys.update(virtualKey.id, { disabled }, actor);
  return warnings;
}

async function applyGuardrail(entry: GuardrailEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const { slug, name, disabled } = entry;
  const label = `${projectSlug}/${slug}`;
  const written = { checks: entry.checks as JsonObject[], actions: (entry.actions ?? {}) as JsonObject };
  const wanted = { name, ...(disabled !== undefined && { disabled }) };
  const found = await parts.guardrails.find(projectId, slug);
  if (found === undefined) {
    const { id } = await parts.guardrails.create(projectId, { name, slug, ...written }, actor);
    if (disabled === true) await parts.guardrails.update(id, { disabled }, actor);
    return step("create", "guardrail", label);
  }
  // The headers of webhooks are sealed: what they are is compared where they are kept.
  const isOther = await parts.guardrails.differs(found, written);
  const fields = [...differing(wanted, found), ...(isOther ? ["checks"] : [])];
  if (fields.length === 0) return step("keep", "guardrail", label);
  await parts.guardrails.update(found.id, { ...wanted, ...written }, actor);
  return { ...step("update", "guardrail", label), fields };
}

async function applyConfig(entry: ConfigEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const { slug, name, default: isDefault } = entry;
  const label = `${projectSlug}/${slug}`;
  const config = entry.config as JsonObject;
  const wanted = { name, ...(isDefault !== undefined && { isDefault }) };
  const told = (dropped: readonly string[]) => dropped.map((path) => `${path} has no effect here.`);
  const found = await parts.configs.find(projectId, slug);
  if (found === undefined) {
    const { dropped } = await parts.configs.create(projectId, { ...wanted, config, slug }, actor);
    return { ...step("create", "config", label), warnings: told(dropped) };
  }
  // The webhooks in it are sealed: what they are is compared where they are kept.
  const isOther = await parts.configs.differs(found, config);
  const fields = [...differing(wanted, found), ...(isOther ? ["config"] : [])];
  if (fields.length === 0) return step("keep", "config", label);
  const { dropped } = await parts.configs.update(found.id, { ...wanted, config }, actor);
  return { ...step("update", "config", label), fields, warnings: told(dropped) };
}

/** Of keys of one name the oldest counts. */
async function applyApiKey(entry: ApiKeyEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const label = `${projectSlug}/${entry.name}`;
  const terms = await withKnownNames(projectId, keyTermsOf(entry), parts);
  const [found] = (await keysNamed(entry.name, place)).unowned;
  if (found === undefined) {
    const input = { ...withoutNulls(terms), name: entry.name, scopes: entry.scopes };
    const { secret } = await parts.gatewayKeys.create(projectId, input, actor);
    return { ...step("create", "API key", label), newKey: secret };
  }
  const fields = differing(gatewayKeyAsKept(terms, found), found);
  if (fields.length === 0) return step("keep", "API key", label);
  await parts.gatewayKeys.update(found.id, withoutSameEnd(terms, fields), actor);
  return { ...step("update", "API key", label), fields };
}
