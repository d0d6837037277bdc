/** Brings connectors to what the file of `adit apply` says. Their credentials are virtual keys of the file or of the store. */
import { checkConnectionSpec, filled } from "../../connectors/check-connection-spec.ts";
import type { ConnectorEntry } from "./apply-file.ts";
import { differing, step, type ApplyStep, type Place } from "./apply-step.ts";

export async function applyConnector(entry: ConnectorEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const label = `${projectSlug}/${entry.slug}`;
  const found = await parts.connectors.find(projectId, entry.slug);
  if (found === undefined) {
    const { warnings } = await parts.connectors.create(projectId, entry, actor);
    return { ...step("create", "connector", label), warnings };
  }
  const slug = filled(entry.connection_spec.virtual_key);
  const key = slug === undefined ? undefined : await parts.virtualKeys.bySlug(projectId, slug.replace(/^@/, ""));
  const given = {
    name: entry.name,
    ...checkConnectionSpec(entry.connection_spec),
    ...(entry.input_schema !== undefined && { inputSchema: entry.input_schema }),
    ...(entry.output_schema !== undefined && { outputSchema: entry.output_schema }),
    ...(entry.request_timeout !== undefined && { requestTimeoutMs: entry.request_timeout }),
    // One that is not there is told by the change itself.
    ...(slug !== undefined && { virtualKeyId: key?.id ?? slug }),
  };
  // What is left out keeps its value.
  const wanted = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const fields = differing(wanted, found).map((field) => told[field] ?? field);
  if (fields.length === 0) return step("keep", "connector", label);
  const { slug: _slug, ...patch } = entry;
  const { warnings } = await parts.connectors.update(found.id, patch, actor);
  return { ...step("update", "connector", label), fields, warnings };
}

/** Fields by the names that stand in the file. */
const told: Readonly<Record<string, string>> = {
  inferenceProfile: "inference_profile",
  modelId: "model_id",
  requestFormat: "request_format",
  responseFormat: "response_format",
  inputSchema: "input_schema",
  outputSchema: "output_schema",
  requestTimeoutMs: "request_timeout",
  virtualKeyId: "virtual_key",
};
