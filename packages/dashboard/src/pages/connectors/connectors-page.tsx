/** Connectors: calls of one model, kept by name. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { TextField } from "../../controls/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { Moment } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { More, Table, type Column } from "../../controls/table.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
import { useProject } from "../../session/project.ts";
import type { Connector } from "./connector-terms.ts";

const columns: readonly Column<Connector>[] = [
  {
    title: "Name",
    cell: ({ slug, name }) => (
      <span className="name-cell">
        <Link to="/connectors/$slug" params={{ slug }}>
          {name}
        </Link>
        <small>{slug}</small>
      </span>
    ),
  },
  {
    title: "Model",
    cell: ({ connection_spec: { inference_profile, model_id } }) => <code>{inference_profile ?? model_id ?? "—"}</code>,
  },
  { title: "Signed with", cell: (one) => <SignedWith connector={one} /> },
  {
    title: "Region",
    cell: ({ connection_spec: { region } }) => region ?? <span className="soft">the credential's</span>,
  },
  {
    title: "Gives",
    cell: ({ output_schema }) =>
      output_schema.length === 0 ? (
        <span className="soft">the model's JSON</span>
      ) : (
        output_schema.map(({ name }) => name).join(", ")
      ),
  },
  { title: "Changed", cell: ({ last_updated_at }) => <Moment at={last_updated_at} isRelative /> },
];

export function SignedWith({ connector: { connection_spec: spec } }: { connector: Connector }) {
  if (spec.virtual_key !== undefined) {
    return (
      <Link to="/credentials/$slug" params={{ slug: spec.virtual_key }}>
        @{spec.virtual_key}
      </Link>
    );
  }
  if (spec.credential_kind === undefined) return <span className="soft">the server's own</span>;
  const hint = spec.role_arn ?? spec.access_key;
  return (
    <>
      its own {spec.credential_kind.replaceAll("_", " ")} {hint !== undefined && <code>{hint}</code>}
    </>
  );
}

export function ConnectorsPage() {
  const control = useControl();
  const { project, canChange } = useProject();
  const [search, setSearch] = useState("");
  const asked = useDelayed(search.trim());
  const list = useLongList(["connectors", project.id, asked], (after) => {
    const query = {
      workspace_id: project.id,
      limit: 50,
      ...(asked !== "" && { search: asked }),
      ...(after !== undefined && { after }),
    };
    return answerOf(control.api.GET("/v1/connectors", { params: { query } }));
  });
  const add = canChange && (
    <Link to="/connectors/new" className="button button-primary">
      Add a connector
    </Link>
  );
  return (
    <Page
      title="Connectors"
      lead="A call of one model, kept by name: its credential, its request, and what to take out of its answer."
      actions={add}
    >
      <Await query={list} what="connectors">
        {({ entries, total }) =>
          entries.length === 0 && asked === "" ? (
            <EmptyState icon="connectors" title="No connector yet" action={add}>
              For tools that call one model in its own JSON and want a field of the answer. Pick a model, and its sample
              request and answer are filled in.
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
              <Table caption="Connectors" columns={columns} rows={entries} keyOf={({ id }) => id} />
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
