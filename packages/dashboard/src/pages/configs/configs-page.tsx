/** Saved configs: where requests go, and what happens when that fails. */
import { Link } from "@tanstack/react-router";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { SearchedListPage } from "../../controls/searched-list.tsx";
import { Badge, Moment, Status } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
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
  const { canChange } = useProject();
  return (
    <SearchedListPage
      title="Configs"
      lead="Where requests go, and what happens when that fails: fallbacks, shares, conditions, retries."
      what="configs"
      caption="Configs"
      columns={columns}
      keyOf={({ id }) => id}
      read={(query) => answerOf(control.api.GET("/v1/configs", { params: { query } }))}
      empty={{
        icon: "configs",
        title: "No config yet",
        words:
          "Without one a request goes to one place, with two more tries. A config adds a second region, another account, or another model for when the first fails.",
      }}
      add={
        canChange && (
          <Link to="/configs/new" className="button button-primary">
            Add a config
          </Link>
        )
      }
    />
  );
}
