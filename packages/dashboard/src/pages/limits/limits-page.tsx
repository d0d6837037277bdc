/** Budgets and rate limits: what may be used, and what is. */
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { Button } from "../../controls/button.tsx";
import { Dialog } from "../../controls/dialog.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { MoreOf, Table } from "../../controls/table.tsx";
import { PageTabs } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";
import { LimitForm } from "./limit-form.tsx";
import { columnsOf } from "./limit-columns.tsx";
import { kinds, type Kind, type Limit } from "./kinds.ts";

export function LimitsPage() {
  return (
    <Page
      title="Budgets and limits"
      lead="A budget says what may be spent, a rate limit how much may come in a time. They hold over all gateways of this database."
    >
      <PageTabs
        label="Kinds of limits"
        tabs={[
          { id: "budgets", label: "Budgets", content: <Limits kind="budget" /> },
          { id: "rate-limits", label: "Rate limits", content: <Limits kind="rate-limit" /> },
        ]}
      />
    </Page>
  );
}

function useLimits(kind: Kind) {
  const control = useControl();
  const { project } = useProject();
  return useLongList<Limit>(["limits", kind, project.id], (after) => {
    const query = { workspace_id: project.id, limit: 50, ...(after !== undefined && { after }) };
    return kind === "budget"
      ? answerOf(control.api.GET("/v1/budgets", { params: { query } }))
      : answerOf(control.api.GET("/v1/rate-limits", { params: { query } }));
  });
}

function Limits({ kind }: { kind: Kind }) {
  const { isAdmin } = useProject();
  const list = useLimits(kind);
  const [isAdding, setIsAdding] = useState(false);
  const { words, why } = kinds[kind];
  const add = isAdmin && (
    <Button variant="primary" icon="plus" onClick={() => setIsAdding(true)}>
      Add a {words}
    </Button>
  );
  return (
    <>
      <Await query={list} what={`${words}s`}>
        {({ entries }) =>
          entries.length === 0 ? (
            <EmptyState icon="limits" title={`No ${words} yet`} action={add}>
              {why}
            </EmptyState>
          ) : (
            <div className="stack">
              <div className="bar">
                <p className="soft">All limits that concern a call must have room for it.</p>
                {add}
              </div>
              <Table
                caption={`${words}s`}
                columns={columnsOf(kind, isAdmin)}
                rows={entries}
                keyOf={({ id, last_updated_at }) => `${id} ${last_updated_at}`}
              />
              <MoreOf list={list} />
            </div>
          )
        }
      </Await>
      <Dialog title={`Add a ${words}`} isOpen={isAdding} onClose={() => setIsAdding(false)}>
        <LimitForm kind={kind} onClose={() => setIsAdding(false)} />
      </Dialog>
    </>
  );
}
