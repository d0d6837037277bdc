/** Saved guardrails: checks on what is asked and what is answered. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { TextField } from "../../controls/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { Moment, Status } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { More, Table, type Column } from "../../controls/table.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
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
  const { project, canChange } = useProject();
  const [search, setSearch] = useState("");
  const asked = useDelayed(search.trim());
  const list = useLongList(["guardrails", project.id, asked], (after) => {
    const query = {
      workspace_id: project.id,
      limit: 50,
      ...(asked !== "" && { search: asked }),
      ...(after !== undefined && { after }),
    };
    return answerOf(control.api.GET("/v1/guardrails", { params: { query } }));
  });
  const add = canChange && (
    <Link to="/guardrails/new" className="button button-primary">
      Add a guardrail
    </Link>
  );
  return (
    <Page
      title="Guardrails"
      lead="Checks on what is asked, before it is sent, and on what is answered, before the caller gets it. Configs name them."
      actions={add}
    >
      <Await query={list} what="guardrails">
        {({ entries, total }) =>
          entries.length === 0 && asked === "" ? (
            <EmptyState icon="guardrails" title="No guardrail yet" action={add}>
              It refuses, tells, or takes out what should not pass: card numbers, words, answers that are too long. Save
              one, and name it in a config.
            </EmptyState>
          ) : (
            <>
              <div className="filters">
                <TextField
                  label="Search"
                  type="search"
                  placeholder="Name or slug"
                  value={search}
                  onChange={setSearch}
                />
              </div>
              <Table caption="Guardrails" columns={columns} rows={entries} keyOf={({ id }) => id} />
              <More
                shown={entries.length}
                total={total}
                hasMore={list.hasMore}
                isLoading={list.isLoading}
                onMore={list.more}
              />
            </>
          )
        }
      </Await>
    </Page>
  );
}
