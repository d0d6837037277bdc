/** Who would miss a credential. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl, type Control } from "../../api/control.ts";
import { Await, Callout } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";

interface Use {
  kind: "Key" | "Config" | "Connector";
  name: string;
}

/** Looks through what names the slug. Of very long lists the first hundred of each: what is told is true, and may not be all. */
async function usesOf(control: Control, slug: string, workspace_id: string): Promise<{ uses: Use[]; isAll: boolean }> {
  const query = { workspace_id, limit: 100 };
  const [keys, configs, connectors] = await Promise.all([
    answerOf(control.api.GET("/v1/api-keys", { params: { query } })),
    answerOf(control.api.GET("/v1/configs", { params: { query } })),
    answerOf(control.api.GET("/v1/connectors", { params: { query } })),
  ]);
  const whole = await Promise.all(
    configs.data.map((config) =>
      answerOf(
        control.api.GET("/v1/configs/{slug}", { params: { path: { slug: config.slug }, query: { workspace_id } } }),
      ),
    ),
  );
  const uses: Use[] = [
    ...keys.data
      .filter(
        ({ defaults, allowed_virtual_keys }) =>
          defaults.virtual_key === slug || allowed_virtual_keys?.includes(slug) === true,
      )
      .map(({ name }): Use => ({ kind: "Key", name })),
    ...whole.filter(({ config }) => namesSlug(config, slug)).map(({ name }): Use => ({ kind: "Config", name })),
    ...connectors.data
      .filter(({ connection_spec }) => connection_spec.virtual_key === slug)
      .map(({ name }): Use => ({ kind: "Connector", name })),
  ];
  return { uses, isAll: !(keys.has_more || configs.has_more || connectors.has_more) };
}

function namesSlug(value: unknown, slug: string): boolean {
  if (typeof value === "string") return value === slug || value === `@${slug}` || value.startsWith(`@${slug}/`);
  return typeof value === "object" && value !== null && Object.values(value).some((entry) => namesSlug(entry, slug));
}

export function UsesOfCredential({ slug }: { slug: string }) {
  const control = useControl();
  const { project } = useProject();
  const query = useQuery({ queryKey: ["uses", project.id, slug], queryFn: () => usesOf(control, slug, project.id) });
  return (
    <Await query={query} what="what uses it">
      {({ uses, isAll }) =>
        uses.length === 0 ? (
          <p>
            No key, config or connector of this project names it{isAll ? "" : " among the first hundred of each"}.
            Requests that name @{slug} would be refused.
          </p>
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
            {!isAll && <p>There may be more: only the first hundred of each were looked at.</p>}
          </Callout>
        )
      }
    </Await>
  );
}
