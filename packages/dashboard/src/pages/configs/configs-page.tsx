/** Saved configs: where requests go, and what happens when that fails. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { TextField } from "../../controls/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { Badge, Moment, Status } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { More, Table, type Column } from "../../controls/table.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
import { useProject } from "../../session/project.ts";

type Entry = Schemas["ConfigEntry"];

const columns: readonly Column<Entry>[] = [
  {
    title: "Name",
    cell: ({ slug, name }) => (
      <span className="name-cell">
        <Link to="/configs/$slug" params={{ slug }}>
          {name}
        </Link>
        <small>{slug}</small>
      </span>
    ),
  },
  { title: "Version", isNumber: true, cell: ({ version }) => version },
  {
    title: "Used",
    cell: ({ is_default }) =>
      is_default === 1 ? <Badge kind="info">by default</Badge> : <span className="soft">where it is named</span>,
  },
  { title: "Status", cell: ({ status }) => <Status status={status} /> },
  { title: "Changed", cell: ({ last_updated_at }) => <Moment at={last_updated_at} isRelative /> },
];

export function ConfigsPage() {
  const control = useControl();
  const { project, canChange } = useProject();
  const [search, setSearch] = useState("");
  const asked = useDelayed(search.trim());
  const list = useLongList(["configs", project.id, asked], (after) => {
    const query = {
      workspace_id: project.id,
      limit: 50,
      ...(asked !== "" && { search: asked }),
      ...(after !== undefined && { after }),
    };
    return answerOf(control.api.GET("/v1/configs", { params: { query } }));
  });
  const add = canChange && (
    <Link to="/configs/new" className="button button-primary">
      Add a config
    </Link>
  );
  return (
    <Page
      title="Configs"
      lead="Where requests go, and what happens when that fails: fallbacks, shares, conditions, retries."
      actions={add}
    >
      <Await query={list} what="configs">
        {({ entries, total }) =>
          entries.length === 0 && asked === "" ? (
            <EmptyState icon="configs" title="No config yet" action={add}>
              Without one a request goes to one place, with two more tries. A config adds a second region, another
              account, or another model for when the first fails.
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
              <Table caption="Configs" columns={columns} rows={entries} keyOf={({ id }) => id} />
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
