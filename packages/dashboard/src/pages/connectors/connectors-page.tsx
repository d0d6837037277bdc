/** Connectors: calls of one model, kept by name. */
import { Link } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import { SearchedListPage } from "../../controls/searched-list.tsx";
import { Moment } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
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
  const { canChange } = useProject();
  return (
    <SearchedListPage
      title="Connectors"
      lead="A call of one model, kept by name: its credential, its request, and what to take out of its answer."
      what="connectors"
      caption="Connectors"
      columns={columns}
      keyOf={({ id }) => id}
      read={(query) => answerOf(control.api.GET("/v1/connectors", { params: { query } }))}
      empty={{
        icon: "connectors",
        title: "No connector yet",
        words:
          "For tools that call one model in its own JSON and want a field of the answer. Pick a model, and its sample request and answer are filled in.",
      }}
      add={
        canChange && (
          <Link to="/connectors/new" className="button button-primary">
            Add a connector
          </Link>
        )
      }
    />
  );
}
