/** Gateway keys: what applications show. */
import { Link } from "@tanstack/react-router";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { SearchedListPage } from "../../controls/searched-list.tsx";
import { Moment, Status } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";

type Key = Schemas["ApiKeyEntry"];

const columns: readonly Column<Key>[] = [
  {
    title: "Name",
    cell: ({ id, name, type }) => (
      <span className="name-cell">
        <Link to="/keys/$id" params={{ id }}>
          {name}
        </Link>
        <small>{type === "workspace-user" ? "of a person" : "of a service"}</small>
      </span>
    ),
  },
  { title: "May", cell: ({ scopes }) => mayOf(scopes) },
  {
    title: "Models",
    cell: ({ allowed_models }) => (allowed_models === null ? "all" : `${allowed_models.length} allowed`),
  },
  {
    title: "Credential",
    cell: ({ defaults }) =>
      defaults.virtual_key === null ? <span className="soft">by request</span> : <code>@{defaults.virtual_key}</code>,
  },
  {
    title: "Last used",
    cell: ({ last_used_at }) =>
      last_used_at === null ? <span className="soft">never</span> : <Moment at={last_used_at} isRelative />,
  },
  { title: "Status", cell: ({ status }) => <Status status={status} /> },
  {
    title: "Expires",
    cell: ({ expires_at }) =>
      expires_at === null ? <span className="soft">never</span> : <Moment at={expires_at} isRelative />,
  },
];

function mayOf(scopes: readonly string[]): string {
  const calls = scopes.some((scope) => scope === "completions.write" || scope === "completions.*");
  const others = scopes.length - (calls ? 1 : 0);
  const words = [calls ? "call models" : undefined, others > 0 ? `${others} of the control API` : undefined];
  return words.filter((word) => word !== undefined).join(", ");
}

export function KeysPage() {
  const control = useControl();
  const { canChange } = useProject();
  return (
    <SearchedListPage
      title="Keys"
      lead="What applications show to the gateway. Each has its own bounds, and is revoked without touching AWS."
      what="keys"
      caption="Gateway keys"
      columns={columns}
      keyOf={({ id }) => id}
      read={(query) => answerOf(control.api.GET("/v1/api-keys", { params: { query } }))}
      placeholder="Name"
      empty={{
        icon: "keys",
        title: "No key yet",
        words: "Give each application a key of its own: then each can be bounded, followed and revoked alone.",
      }}
      add={
        canChange && (
          <Link to="/keys/new" className="button button-primary">
            Make a key
          </Link>
        )
      }
    />
  );
}
