/** Saved guardrails: checks on what is asked and what is answered. */
import { Link } from "@tanstack/react-router";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { SearchedListPage } from "../../controls/searched-list.tsx";
import { Moment, Status } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";

type Entry = Schemas["GuardrailEntry"];

const columns: readonly Column<Entry>[] = [
  {
    title: "Name",
    cell: ({ slug, name }) => (
      <span className="name-cell">
        <Link to="/guardrails/$slug" params={{ slug }}>
          {name}
        </Link>
        <small>{slug}</small>
      </span>
    ),
  },
  { title: "Version", isNumber: true, cell: ({ version }) => version },
  { title: "Status", cell: ({ status }) => <Status status={status} /> },
  { title: "Changed", cell: ({ last_updated_at }) => <Moment at={last_updated_at} isRelative /> },
];

export function GuardrailsPage() {
  const control = useControl();
  const { canChange } = useProject();
  return (
    <SearchedListPage
      title="Guardrails"
      lead="Checks on what is asked, before it is sent, and on what is answered, before the caller gets it. Configs name them."
      what="guardrails"
      caption="Guardrails"
      columns={columns}
      keyOf={({ id }) => id}
      read={(query) => answerOf(control.api.GET("/v1/guardrails", { params: { query } }))}
      empty={{
        icon: "guardrails",
        title: "No guardrail yet",
        words:
          "It refuses, tells, or takes out what should not pass: card numbers, words, answers that are too long. Save one, and name it in a config.",
      }}
      add={
        canChange && (
          <Link to="/guardrails/new" className="button button-primary">
            Add a guardrail
          </Link>
        )
      }
    />
  );
}
