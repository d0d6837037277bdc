/** Budgets and rate limits of one key: what it may use, and what it has used. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import { Panel } from "../../controls/page.tsx";
import { Await } from "../../controls/states.tsx";
import { Table } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import type { Kind, Limit } from "../limits/kinds.ts";
import { columnsOf } from "../limits/limit-columns.tsx";

const mostLimits = 50;

export function KeyLimits({ keyId }: { keyId: string }) {
  const control = useControl();
  const { project, isAdmin } = useProject();
  const query = useQuery({
    queryKey: ["key-limits", project.id, keyId],
    queryFn: async () => {
      const asked = {
        params: {
          query: { workspace_id: project.id, scope: "gateway_key" as const, scope_id: keyId, limit: mostLimits },
        },
      };
      const [budgets, rateLimits] = await Promise.all([
        answerOf(control.api.GET("/v1/budgets", asked)),
        answerOf(control.api.GET("/v1/rate-limits", asked)),
      ]);
      return { budgets: budgets.data, rateLimits: rateLimits.data };
    },
  });
  return (
    <Panel
      title="Budgets and limits"
      lead="Of this key alone. Those of the project, of its credential and of metadata hold beside them."
      actions={
        <Link to="/limits" className="button button-plain">
          {isAdmin ? "Add or change" : "See all"}
        </Link>
      }
    >
      <Await query={query} what="budgets and limits">
        {({ budgets, rateLimits }) =>
          budgets.length + rateLimits.length === 0 ? (
            <p className="soft">It has none of its own.</p>
          ) : (
            <>
              <Limits kind="budget" caption="Budgets of the key" limits={budgets} />
              <Limits kind="rate-limit" caption="Rate limits of the key" limits={rateLimits} />
            </>
          )
        }
      </Await>
    </Panel>
  );
}

function Limits({ kind, caption, limits }: { kind: Kind; caption: string; limits: readonly Limit[] }) {
  if (limits.length === 0) return null;
  const columns = columnsOf(kind, false).filter(({ title }) => title !== "For");
  return <Table caption={caption} columns={columns} rows={limits} keyOf={({ id }) => id} />;
}
