/** What prompts lie in, so that a long list of them is found through. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog, Dialog } from "../../controls/dialog.tsx";
import { SelectField, TextField } from "../../controls/field.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Moment } from "../../controls/show.tsx";
import { Await, EmptyState, ErrorPanel } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../connectors/field-errors.ts";

type Entry = Schemas["PromptCollection"];

/** As many as a choice can show; a project with more names them by the API. */
const mostCollections = 100;

export function useCollections() {
  const control = useControl();
  const { project } = useProject();
  const query = { workspace_id: project.id, limit: mostCollections };
  return useQuery({
    queryKey: ["collections", project.id],
    queryFn: () => answerOf(control.api.GET("/v1/collections", { params: { query } })),
  });
}

interface ChoiceProps {
  label: string;
  /** What no collection is called. */
  none: string;
  value: string;
  onChange: (id: string) => void;
}

/** One of the collections, by its id; empty: none. */
export function CollectionChoice({ label, none, value, onChange }: ChoiceProps) {
  const entries = useCollections().data?.data ?? [];
  return (
    <SelectField label={label} value={value} onChange={onChange}>
      <option value="">{none}</option>
      {entries.map((entry) => (
        <option key={entry.id} value={entry.id}>
          {pathOf(entry, entries)}
        </option>
      ))}
    </SelectField>
  );
}

/** With the names of those that it lies in. */
function pathOf({ name, parent_collection_id }: Entry, entries: readonly Entry[]): string {
  const parent = entries.find(({ id }) => id === parent_collection_id);
  return parent === undefined ? name : `${pathOf(parent, entries)} / ${name}`;
}

export function Collections() {
  const { canChange } = useProject();
  const [isAdding, setIsAdding] = useState(false);
  const add = canChange && (
    <Button icon="plus" onClick={() => setIsAdding(true)}>
      Add a collection
    </Button>
  );
  return (
    <>
      <Await query={useCollections()} what="collections">
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState icon="prompts" title="No collection yet" action={add}>
              Prompts of one team or purpose lie together in a collection, and the list of prompts shows one at a time.
            </EmptyState>
          ) : (
            <div className="stack">
              <div className="bar">
                <p className="soft">A prompt is put into a collection where it is changed.</p>
                {add}
              </div>
              <Table caption="Collections" columns={columnsOf(data, canChange)} rows={data} keyOf={({ id }) => id} />
            </div>
          )
        }
      </Await>
      <Dialog title="Add a collection" isOpen={isAdding} onClose={() => setIsAdding(false)}>
        <CollectionForm onClose={() => setIsAdding(false)} />
      </Dialog>
    </>
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
  const queries = useQueryClient();
  const { project } = useProject();
  const [asked, setAsked] = useState<"rename" | "delete">();
  const close = () => setAsked(undefined);
  const params = { path: { collection: entry.id }, query: { workspace_id: project.id } };
  return (
    <span className="actions">
      <Button variant="quiet" onClick={() => setAsked("rename")} aria-label={`Rename ${entry.name}`}>
        Rename
      </Button>
      <Button variant="quiet" onClick={() => setAsked("delete")} aria-label={`Delete ${entry.name}`}>
        Delete
      </Button>
      <Dialog title={`Rename ${entry.name}`} isOpen={asked === "rename"} onClose={close}>
        <CollectionForm collection={entry} onClose={close} />
      </Dialog>
      <ConfirmDialog
        title={`Delete ${entry.name}?`}
        verb="Delete"
        isOpen={asked === "delete"}
        onClose={close}
        run={async () => {
          await answerOf(control.api.DELETE("/v1/collections/{collection}", { params }));
          await queries.invalidateQueries();
        }}
      >
        <p>One that a prompt or another collection lies in stays: no prompt is deleted by this.</p>
      </ConfirmDialog>
    </span>
  );
}

function CollectionForm({ collection, onClose }: { collection?: Entry; onClose: () => void }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const [name, setName] = useState(collection?.name ?? "");
  const [parent, setParent] = useState("");
  const { run, error, isBusy } = useAct(async () => {
    const query = { workspace_id: project.id };
    if (collection === undefined) {
      const body = { name, ...(parent !== "" && { parent_collection_id: parent }) };
      await answerOf(control.api.POST("/v1/collections", { params: { query }, body }));
    } else {
      const params = { path: { collection: collection.id }, query };
      await answerOf(control.api.PUT("/v1/collections/{collection}", { params, body: { name } }));
    }
    say(`${name} is saved.`);
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <TextField label="Name" required value={name} onChange={setName} error={errorsByField(error)("name")} />
      {collection === undefined && (
        <CollectionChoice label="Lies in" none="no other" value={parent} onChange={setParent} />
      )}
      {error !== undefined && <ErrorPanel error={error} />}
      <div className="form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={isBusy}>
          Save
        </Button>
      </div>
    </form>
  );
}
