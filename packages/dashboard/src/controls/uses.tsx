/** Who would miss something that is about to be switched off or deleted. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl, type Control } from "../api/control.ts";
import { useProject } from "../session/project.ts";
import { Await, Callout } from "./states.tsx";

/** What may be in use, by its slug. */
export type Used = "credential" | "config" | "guardrail" | "prompt";

interface Use {
  kind: "Key" | "Config" | "Connector" | "Guardrail" | "Prompt" | "Credential";
  name: string;
}

interface Found {
  uses: Use[];
  isAll: boolean;
}

/** Of very long lists the first hundred of each are looked through: what is told is true, and may not be all. */
const mostRead = 100;

interface Query {
  workspace_id: string;
  limit: number;
}

async function keysThat(control: Control, query: Query, used: Used, slug: string): Promise<Found> {
  const { data, has_more } = await answerOf(control.api.GET("/v1/api-keys", { params: { query } }));
  const names = data.filter(({ defaults, allowed_virtual_keys }) =>
    used === "config"
      ? defaults.config_id === slug
      : defaults.virtual_key === slug || allowed_virtual_keys?.includes(slug) === true,
  );
  return { uses: names.map(({ name }) => ({ kind: "Key", name })), isAll: !has_more };
}

async function configsThat(control: Control, query: Query, names: (text: string) => boolean): Promise<Found> {
  const { data, has_more } = await answerOf(control.api.GET("/v1/configs", { params: { query } }));
  const whole = await Promise.all(
    data.map(({ slug }) =>
      answerOf(
        control.api.GET("/v1/configs/{slug}", {
          params: { path: { slug }, query: { workspace_id: query.workspace_id } },
        }),
      ),
    ),
  );
  const found = whole.filter(({ config }) => holds(config, names));
  return { uses: found.map(({ name }) => ({ kind: "Config", name })), isAll: !has_more };
}

async function connectorsThat(control: Control, query: Query, slug: string): Promise<Found> {
  const { data, has_more } = await answerOf(control.api.GET("/v1/connectors", { params: { query } }));
  const found = data.filter(({ connection_spec }) => connection_spec.virtual_key === slug);
  return { uses: found.map(({ name }) => ({ kind: "Connector", name })), isAll: !has_more };
}

async function guardrailsThat(control: Control, query: Query, names: (text: string) => boolean): Promise<Found> {
  const { data, has_more } = await answerOf(control.api.GET("/v1/guardrails", { params: { query } }));
  const whole = await Promise.all(
    data.map(({ slug }) =>
      answerOf(
        control.api.GET("/v1/guardrails/{slug}", {
          params: { path: { slug }, query: { workspace_id: query.workspace_id } },
        }),
      ),
    ),
  );
  const found = whole.filter(({ checks }) => holds(checks, names));
  return { uses: found.map(({ name }) => ({ kind: "Guardrail", name })), isAll: !has_more };
}

/** By their published and their newest versions. */
async function promptsThat(control: Control, query: Query, slug: string): Promise<Found> {
  const { data, has_more } = await answerOf(control.api.GET("/v1/prompts", { params: { query } }));
  const read = (prompt: string) =>
    answerOf(
      control.api.GET("/v1/prompts/{prompt}", {
        params: { path: { prompt }, query: { workspace_id: query.workspace_id } },
      }),
    );
  const whole = await Promise.all(
    data.map(async ({ slug: prompt, published_version, latest_version }) => [
      await read(prompt),
      ...(latest_version === published_version ? [] : [await read(`${prompt}@latest`)]),
    ]),
  );
  const found = whole.filter((versions) => versions.some(({ virtual_key }) => virtual_key === slug));
  return {
    uses: found.flatMap(([prompt]) => (prompt ? [{ kind: "Prompt", name: prompt.name }] : [])),
    isAll: !has_more,
  };
}

/** Those that have their secret of it. */
async function followersOf(control: Control, query: Query, slug: string): Promise<Found> {
  const { data, has_more } = await answerOf(control.api.GET("/v1/virtual-keys", { params: { query } }));
  const found = data.filter(({ integration }) => integration === slug);
  return { uses: found.map(({ name }) => ({ kind: "Credential", name })), isAll: !has_more };
}

function holds(value: unknown, names: (text: string) => boolean): boolean {
  if (typeof value === "string") return names(value);
  return typeof value === "object" && value !== null && Object.values(value).some((entry) => holds(entry, names));
}

async function usesOf(control: Control, used: Used, slug: string, workspace_id: string): Promise<Found> {
  const query = { workspace_id, limit: mostRead };
  const isNamed: Readonly<Record<Used, (text: string) => boolean>> = {
    credential: (text) => text === slug || text === `@${slug}` || text.startsWith(`@${slug}/`),
    config: () => false,
    guardrail: (text) => text === slug,
    prompt: (text) => text === slug || text.startsWith(`${slug}@`),
  };
  const found = await Promise.all([
    ...(used === "credential" || used === "config" ? [keysThat(control, query, used, slug)] : []),
    ...(used === "config" ? [] : [configsThat(control, query, isNamed[used])]),
    ...(used === "credential"
      ? [
          connectorsThat(control, query, slug),
          guardrailsThat(control, query, isNamed[used]),
          promptsThat(control, query, slug),
          followersOf(control, query, slug),
        ]
      : []),
  ]);
  return { uses: found.flatMap(({ uses }) => uses), isAll: found.every(({ isAll }) => isAll) };
}

export function Uses({ used, slug }: { used: Used; slug: string }) {
  const control = useControl();
  const { project } = useProject();
  const query = useQuery({
    queryKey: ["uses", project.id, used, slug],
    queryFn: () => usesOf(control, used, slug, project.id),
  });
  return (
    <Await query={query} what="what uses it">
      {({ uses, isAll }) =>
        uses.length === 0 ? (
          <p>Nothing in this project names it{isAll ? "" : ` among the first ${mostRead} of each list`}.</p>
        ) : (
          <Callout kind="warning">
            <strong>This breaks:</strong>
            <ul>
              {uses.map(({ kind, name }) => (
                <li key={`${kind} ${name}`}>
                  {kind} {name}
                </li>
              ))}
            </ul>
            {!isAll && <p>There may be more: only the first {mostRead} of each were looked at.</p>}
          </Callout>
        )
      }
    </Await>
  );
}
