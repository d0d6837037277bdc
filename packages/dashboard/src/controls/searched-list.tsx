/** A list of what the project has: searched by a text that stands in the address, longer than a page, empty with the next step. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useProject } from "../session/project.ts";
import { AddressField } from "./forms/address-field.tsx";
import type { IconName } from "./icon.tsx";
import { useLongList } from "./lists.ts";
import type { ListPage } from "../api/list-page.ts";
import { Page } from "./page.tsx";
import { Await, EmptyState } from "./states.tsx";
import { MoreOf, Table, type Column } from "./table.tsx";
import { useDelayed } from "./use-delayed.ts";

/** What every list of the control API may be asked by. */
export interface ListQuery {
  workspace_id: string;
  limit: number;
  search?: string;
  after?: string;
}

export interface SearchedListProps<Row> {
  /** Such as `configs`: what is loaded, and its place among the queries. */
  what: string;
  caption: string;
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  read: (query: ListQuery) => Promise<ListPage<Row>>;
  placeholder?: string;
  /** What stands there while there is nothing at all. */
  empty: { icon: IconName; title: string; words: ReactNode; action?: ReactNode };
  /** More than the search: its fields, and a text that is another for other values; empty where it bounds nothing. */
  filter?: { fields: ReactNode; value: string };
}

export function SearchedList<Row>(props: SearchedListProps<Row>) {
  const { what, caption, columns, keyOf, read, placeholder = "Name or slug", empty, filter } = props;
  const { project } = useProject();
  const { search = "" } = useSearch({ strict: false });
  const navigate = useNavigate();
  const asked = useDelayed(search.trim());
  const bound = filter?.value ?? "";
  const list = useLongList([what, project.id, asked, bound], (after) =>
    read({
      workspace_id: project.id,
      limit: 50,
      ...(asked !== "" && { search: asked }),
      ...(after !== undefined && { after }),
    }),
  );
  const show = (text: string) =>
    void navigate({
      to: ".",
      search: (before) => ({ ...before, search: text === "" ? undefined : text }),
      replace: true,
      resetScroll: false,
    });
  const isNothing = list.data?.entries.length === 0 && asked === "" && search === "" && bound === "";
  if (isNothing) {
    return (
      <EmptyState icon={empty.icon} title={empty.title} action={empty.action}>
        {empty.words}
      </EmptyState>
    );
  }
  return (
    <div className="stack">
      {/* They stand while the list is asked for anew: whoever types in one of them goes on typing. */}
      <div className="filters">
        <AddressField label="Search" type="search" placeholder={placeholder} value={search} onChange={show} />
        {filter?.fields}
      </div>
      <Await query={list} what={what}>
        {({ entries }) => (
          <>
            {entries.length === 0 ? (
              <EmptyState icon="search" title="Nothing fits">
                Take a letter or a filter away.
              </EmptyState>
            ) : (
              <Table caption={caption} columns={columns} rows={entries} keyOf={keyOf} />
            )}
            <MoreOf list={list} />
          </>
        )}
      </Await>
    </div>
  );
}

interface ListPageProps<Row> extends SearchedListProps<Row> {
  title: string;
  lead: string;
  /** What makes another one; it is the next step of an empty page too. */
  add: ReactNode;
}

/** A page that is such a list, and nothing more. */
export function SearchedListPage<Row>({ title, lead, add, empty, ...list }: ListPageProps<Row>) {
  return (
    <Page title={title} lead={lead} actions={add}>
      <SearchedList {...list} empty={{ ...empty, action: add }} />
    </Page>
  );
}
