/** What the ledger knows of the use of credentials: the last thirty days. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useProject } from "../../session/project.ts";

export interface CredentialUse {
  calls: number;
  failed: number;
}

const dayMs = 86_400_000;
const days = 30;
const pageSize = 100;

/** By slug. `model` is an id or a profile: calls of that alone. */
export function useCredentialUse(model?: string) {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["credential-use", project.id, model],
    queryFn: async () => {
      // Whole minutes: the same is asked within one.
      const now = Math.ceil(control.now() / 60_000) * 60_000;
      const query = {
        workspace_id: project.id,
        time_of_generation_min: new Date(now - days * dayMs).toISOString(),
        time_of_generation_max: new Date(now).toISOString(),
        page_size: pageSize,
        ...(model !== undefined && { model }),
      };
      const rows = await everyRow((current_page) =>
        answerOf(
          control.api.GET("/v1/analytics/groups/{group}", {
            params: { path: { group: "provider" }, query: { ...query, current_page } },
          }),
        ),
      );
      return new Map(
        rows.map((row): [string, CredentialUse] => {
          const { provider, error_count: failed } = row;
          const slug = typeof provider === "string" ? provider.replace(/^virtual key /, "") : "";
          return [slug, { calls: row.requests, failed: typeof failed === "number" ? failed : 0 }];
        }),
      );
    },
    refetchOnMount: "always",
  });
}

/** Groups come by pages with numbers. */
async function everyRow(read: (page: number) => Promise<Schemas["AnalyticsGroups"]>) {
  const rows: Schemas["AnalyticsGroups"]["data"] = [];
  for (let page = 0; ; page += 1) {
    const { data, total } = await read(page);
    rows.push(...data);
    if (data.length === 0 || rows.length >= total) return rows;
  }
}
