/** Prompts, the partials that they share, the labels that point into them, the collections that they lie in. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { Page } from "../../controls/page.tsx";
import { SearchedList } from "../../controls/searched-list.tsx";
import { Badge, Moment } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
import { PageTabs } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";
import { CollectionChoice, Collections } from "./collections.tsx";
import { Labels } from "./labels.tsx";
import { Partials } from "./partials.tsx";

type Entry = Schemas["PromptEntry"];

const columns: readonly Column<Entry>[] = [
  {
    title: "Name",
    cell: ({ slug, name }) => (
      <span className="name-cell">
        <Link to="/prompts/$slug" params={{ slug }}>
          {name}
        </Link>
        <small>{slug}</small>
      </span>
    ),
  },
  { title: "Model", cell: ({ model }) => <code>{model ?? "the call's"}</code> },
  {
    title: "Version",
    cell: ({ published_version, latest_version }) => (
      <span className="chips">
        <Badge kind="good">{published_version} published</Badge>
        {latest_version !== published_version && <Badge kind="waiting">{latest_version} newest</Badge>}
      </span>
    ),
  },
  { title: "Changed", cell: ({ last_updated_at }) => <Moment at={last_updated_at} isRelative /> },
];

const tabs = [
  { id: "prompts", label: "Prompts", content: <Prompts /> },
  { id: "partials", label: "Partials", content: <Partials /> },
  { id: "labels", label: "Labels", content: <Labels /> },
  { id: "collections", label: "Collections", content: <Collections /> },
];

export function PromptsPage() {
  const { canChange } = useProject();
  return (
    <Page
      title="Prompts"
      lead="What applications ask of a model, kept outside of them: versions, of which one is published, and labels that point to others."
      actions={
        canChange && (
          <Link to="/prompts/new" className="button button-primary">
            Add a prompt
          </Link>
        )
      }
    >
      <PageTabs label="Prompts and their parts" tabs={tabs} />
    </Page>
  );
}

function Prompts() {
  const control = useControl();
  const { canChange } = useProject();
  const { collection = "" } = useSearch({ from: "/frame/prompts" });
  return (
    <SearchedList
      what="prompts"
      caption="Prompts"
      columns={columns}
      keyOf={({ id }) => id}
      read={(query) => {
        const bounded = { ...query, ...(collection !== "" && { collection_id: collection }) };
        return answerOf(control.api.GET("/v1/prompts", { params: { query: bounded } }));
      }}
      empty={{
        icon: "prompts",
        title: "No prompt yet",
        words:
          "Write one here, try it, publish it: applications name its slug, and get what is published without being changed.",
        action: canChange && (
          <Link to="/prompts/new" className="button button-primary">
            Add a prompt
          </Link>
        ),
      }}
      filter={{ fields: <OneCollection />, value: collection }}
    />
  );
}

/** Which collection is shown stands in the address. */
function OneCollection() {
  const { collection = "" } = useSearch({ from: "/frame/prompts" });
  const navigate = useNavigate({ from: "/prompts" });
  const show = (id: string) =>
    void navigate({ search: (before) => ({ ...before, collection: id === "" ? undefined : id }), replace: true });
  return <CollectionChoice label="Collection" none="all" value={collection} onChange={show} />;
}
