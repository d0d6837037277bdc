/** Budgets and rate limits: what may be used, and what is. */
import { answerOf, useControl } from "../../api/control.ts";
import { DialogList } from "../../controls/forms/dialog-form.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
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
  const { words, why } = kinds[kind];
  return (
    <DialogList
      list={useLimits(kind)}
      what={`${words}s`}
      caption={`${words}s`}
      columns={columnsOf(kind, isAdmin)}
      keyOf={({ id }) => id}
      lead="All limits that concern a call must have room for it."
      add={
        isAdmin
          ? {
              label: `Add a ${words}`,
              isPrimary: true,
              form: (onClose) => <LimitForm kind={kind} onClose={onClose} />,
            }
          : undefined
      }
      empty={{ icon: "limits", title: `No ${words} yet`, words: why }}
    />
  );
}
