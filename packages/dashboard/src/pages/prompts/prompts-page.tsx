/** Prompts, the partials that they share, the labels that point into them, the collections that they lie in. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { TextField } from "../../controls/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { Badge, Moment } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { More, Table, type Column } from "../../controls/table.tsx";
import { Tabs } from "../../controls/tabs.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
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
  const { tab } = useSearch({ from: "/frame/prompts" });
  const navigate = useNavigate({ from: "/prompts" });
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
      <Tabs
        label="Prompts and their parts"
        value={tabs.find(({ id }) => id === tab)?.id ?? "prompts"}
        onChange={(id) => void navigate({ search: (before) => ({ ...before, tab: id }), replace: true })}
        tabs={tabs}
      />
    </Page>
  );
}

function Prompts() {
  const control = useControl();
  const { project } = useProject();
  const [search, setSearch] = useState("");
  const asked = useDelayed(search.trim());
  const { collection = "" } = useSearch({ from: "/frame/prompts" });
  const list = useLongList(["prompts", project.id, asked, collection], (after) => {
    const query = {
      workspace_id: project.id,
      limit: 50,
      ...(asked !== "" && { search: asked }),
      ...(collection !== "" && { collection_id: collection }),
      ...(after !== undefined && { after }),
    };
    return answerOf(control.api.GET("/v1/prompts", { params: { query } }));
  });
  return (
    <Await query={list} what="prompts">
      {({ entries, total }) =>
        entries.length === 0 && asked === "" && collection === "" ? (
          <EmptyState icon="prompts" title="No prompt yet">
            Write one here, try it, publish it: applications name its slug, and get what is published without being
            changed.
          </EmptyState>
        ) : (
          <div className="stack">
            <div className="filters">
              <TextField label="Search" type="search" placeholder="Name or slug" value={search} onChange={setSearch} />
              <OneCollection />
            </div>
            {entries.length === 0 ? (
              <EmptyState icon="search" title="No prompt fits">
                Take the search or the collection away. A prompt is put into a collection where it is changed.
              </EmptyState>
            ) : (
              <Table caption="Prompts" columns={columns} rows={entries} keyOf={({ id }) => id} />
            )}
            <More
              shown={entries.length}
              total={total}
              hasMore={list.hasMore}
              isLoading={list.isLoading}
              onMore={list.more}
            />
          </div>
        )
      }
    </Await>
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
