/** Budgets and rate limits of one key: what it may use, and what it has used. */
import { Link } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import { useLongList, type LongList } from "../../controls/lists.ts";
import { Panel } from "../../controls/page.tsx";
import { Await } from "../../controls/states.tsx";
import { MoreOf, Table } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import type { Kind, Limit } from "../limits/kinds.ts";
import { columnsOf } from "../limits/limit-columns.tsx";

function useKeyLimits(kind: Kind, keyId: string) {
  const control = useControl();
  const { project } = useProject();
  return useLongList<Limit>(["key-limits", kind, project.id, keyId], (after) => {
    const ofKey = { workspace_id: project.id, scope: "gateway_key" as const, scope_id: keyId };
    const query = { ...ofKey, limit: 50, ...(after !== undefined && { after }) };
    return kind === "budget"
      ? answerOf(control.api.GET("/v1/budgets", { params: { query } }))
      : answerOf(control.api.GET("/v1/rate-limits", { params: { query } }));
  });
}

export function KeyLimits({ keyId }: { keyId: string }) {
  const { isAdmin } = useProject();
  const budgets = useKeyLimits("budget", keyId);
  const rateLimits = useKeyLimits("rate-limit", keyId);
  const hasNone = [budgets, rateLimits].every(({ data }) => data?.entries.length === 0);
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
      {hasNone && <p className="soft">It has none of its own.</p>}
      <Limits kind="budget" what="budgets" caption="Budgets of the key" list={budgets} />
      <Limits kind="rate-limit" what="rate limits" caption="Rate limits of the key" list={rateLimits} />
    </Panel>
  );
}

interface LimitsProps {
  kind: Kind;
  what: string;
  caption: string;
  list: LongList<Limit>;
}

function Limits({ kind, what, caption, list }: LimitsProps) {
  const columns = columnsOf(kind, false).filter(({ title }) => title !== "For");
  return (
    <Await query={list} what={what}>
      {({ entries }) =>
        entries.length > 0 && (
          <>
            <Table caption={caption} columns={columns} rows={entries} keyOf={({ id }) => id} />
            <MoreOf list={list} />
          </>
        )
      }
    </Await>
  );
}
