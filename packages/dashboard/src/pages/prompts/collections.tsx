/** What prompts lie in, so that a long list of them is found through. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { DialogForm, DialogList, RowActions } from "../../controls/forms/dialog-form.tsx";
import { ChoiceField, type ChoiceProps } from "../../controls/forms/choice-fields.tsx";
import { TextField } from "../../controls/forms/field.tsx";
import { wholeList } from "../../controls/lists.ts";
import { everyEntry } from "../../api/list-page.ts";
import { Moment } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";

type Entry = Schemas["PromptCollection"];

/** All of them: where one lies is told by the names of those around it. */
function useCollections() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["collections", project.id],
    queryFn: () =>
      everyEntry((page) =>
        answerOf(control.api.GET("/v1/collections", { params: { query: { workspace_id: project.id, ...page } } })),
      ),
  });
}

/** One of the collections, by its id; empty: none. One that is gone, as in an old link, can be chosen away. */
export function CollectionChoice(props: ChoiceProps) {
  const { data: entries = [], error } = useCollections();
  const choices = entries.map((entry) => ({ slug: entry.id, name: pathOf(entry, entries) }));
  return <ChoiceField {...props} choices={choices} mark={undefined} unread={error} />;
}

/** With the names of those that it lies in. */
function pathOf({ name, parent_collection_id }: Entry, entries: readonly Entry[]): string {
  const parent = entries.find(({ id }) => id === parent_collection_id);
  return parent === undefined ? name : `${pathOf(parent, entries)} / ${name}`;
}

export function Collections() {
  const { canChange } = useProject();
  const { data, error, refetch } = useCollections();
  return (
    <DialogList
      list={{ ...wholeList(data), error, refetch }}
      what="collections"
      caption="Collections"
      columns={columnsOf(data ?? [], canChange)}
      keyOf={({ id }) => id}
      lead="A prompt is put into a collection where it is changed."
      add={
        canChange ? { label: "Add a collection", form: (onClose) => <CollectionForm onClose={onClose} /> } : undefined
      }
      empty={{
        icon: "prompts",
        title: "No collection yet",
        words:
          "Prompts of one team or purpose lie together in a collection, and the list of prompts shows one at a time.",
      }}
    />
  );
}

function columnsOf(entries: readonly Entry[], canChange: boolean): Column<Entry>[] {
  return [
    {
      title: "Name",
      cell: (entry) => (
        <span className="name-cell">
          <Link to="/prompts" search={{ collection: entry.id }}>
            {pathOf(entry, entries)}
          </Link>
          <small>{entry.slug}</small>
        </span>
      ),
    },
    { title: "Changed", cell: ({ last_updated_at }) => <Moment at={last_updated_at} isRelative /> },
    ...(canChange ? [{ title: "Change", cell: (entry: Entry) => <CollectionActions entry={entry} /> }] : []),
  ];
}

function CollectionActions({ entry }: { entry: Entry }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { collection: entry.id }, query: { workspace_id: project.id } };
  return (
    <RowActions
      name={entry.name}
      changeVerb="Rename"
      change={(onClose) => <CollectionForm collection={entry} onClose={onClose} />}
      remove={{
        run: () => answerOf(control.api.DELETE("/v1/collections/{collection}", { params })),
        words: <p>One that a prompt or another collection lies in stays: no prompt is deleted by this.</p>,
      }}
    />
  );
}

function CollectionForm({ collection, onClose }: { collection?: Entry; onClose: () => void }) {
  const control = useControl();
  const { project } = useProject();
  const [name, setName] = useState(collection?.name ?? "");
  const [parent, setParent] = useState("");
  const save = async () => {
    const query = { workspace_id: project.id };
    if (collection === undefined) {
      const body = { name, ...(parent !== "" && { parent_collection_id: parent }) };
      await answerOf(control.api.POST("/v1/collections", { params: { query }, body }));
    } else {
      const params = { path: { collection: collection.id }, query };
      await answerOf(control.api.PUT("/v1/collections/{collection}", { params, body: { name } }));
    }
    return `${name} is saved.`;
  };
  return (
    <DialogForm save={save} onClose={onClose}>
      {(error) => (
        <>
          <TextField label="Name" required value={name} onChange={setName} error={errorsByField(error)("name")} />
          {collection === undefined && (
            <CollectionChoice label="Lies in" none="no other" value={parent} onChange={setParent} />
          )}
        </>
      )}
    </DialogForm>
  );
}
