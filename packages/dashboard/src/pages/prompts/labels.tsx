/** Names that point to versions of prompts: those of every project, and the project's own. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog, Dialog } from "../../controls/dialog.tsx";
import { TextField } from "../../controls/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { useSay } from "../../controls/messages.tsx";
import { Badge, Moment } from "../../controls/show.tsx";
import { Await, ErrorPanel } from "../../controls/states.tsx";
import { MoreOf, Table, type Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../connectors/field-errors.ts";

type Entry = Schemas["PromptLabel"];

export function Labels() {
  const control = useControl();
  const { project, canChange } = useProject();
  const [isAdding, setIsAdding] = useState(false);
  const list = useLongList(["labels", project.id], (after) => {
    const query = { workspace_id: project.id, limit: 50, ...(after !== undefined && { after }) };
    return answerOf(control.api.GET("/v1/labels", { params: { query } }));
  });
  return (
    <>
      <Await query={list} what="labels">
        {({ entries }) => (
          <div className="stack">
            <div className="bar">
              <p className="soft">
                A label points to one version of each prompt, chosen at the prompt's versions. Calls name it:{" "}
                <code>pp-welcome@staging</code>.
              </p>
              {canChange && (
                <Button icon="plus" onClick={() => setIsAdding(true)}>
                  Add a label
                </Button>
              )}
            </div>
            <Table caption="Labels" columns={columnsOf(canChange)} rows={entries} keyOf={({ id }) => id} />
            <MoreOf list={list} />
          </div>
        )}
      </Await>
      <Dialog title="Add a label" isOpen={isAdding} onClose={() => setIsAdding(false)}>
        <LabelForm onClose={() => setIsAdding(false)} />
      </Dialog>
    </>
  );
}

function columnsOf(canChange: boolean): Column<Entry>[] {
  return [
    { title: "Name", cell: ({ name }) => <Badge kind="info">{name}</Badge> },
    { title: "What for", cell: ({ description }) => description ?? "" },
    { title: "Of", cell: ({ is_universal }) => (is_universal ? "every project" : "this project") },
    {
      title: "Changed",
      cell: ({ is_universal, last_updated_at }) =>
        is_universal ? <span className="soft">comes with Adit</span> : <Moment at={last_updated_at} isRelative />,
    },
    ...(canChange
      ? [{ title: "Change", cell: (entry: Entry) => !entry.is_universal && <LabelActions entry={entry} /> }]
      : []),
  ];
}

function LabelActions({ entry }: { entry: Entry }) {
  const control = useControl();
  const queries = useQueryClient();
  const { project } = useProject();
  const [asked, setAsked] = useState<"change" | "delete">();
  const close = () => setAsked(undefined);
  const params = { path: { label: entry.id }, query: { workspace_id: project.id } };
  return (
    <span className="actions">
      <Button variant="quiet" onClick={() => setAsked("change")} aria-label={`Change ${entry.name}`}>
        Change
      </Button>
      <Button variant="quiet" onClick={() => setAsked("delete")} aria-label={`Delete ${entry.name}`}>
        Delete
      </Button>
      <Dialog title={`Change ${entry.name}`} isOpen={asked === "change"} onClose={close}>
        <LabelForm label={entry} onClose={close} />
      </Dialog>
      <ConfirmDialog
        title={`Delete ${entry.name}?`}
        verb="Delete"
        name={entry.name}
        isOpen={asked === "delete"}
        onClose={close}
        run={async () => {
          await answerOf(control.api.DELETE("/v1/labels/{label}", { params }));
          await queries.invalidateQueries();
        }}
      >
        <p>
          Calls that name <code>@{entry.name}</code> fail from then on, of every prompt that it points into. The
          versions stay.
        </p>
      </ConfirmDialog>
    </span>
  );
}

function LabelForm({ label, onClose }: { label?: Entry; onClose: () => void }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const [name, setName] = useState(label?.name ?? "");
  const [description, setDescription] = useState(label?.description ?? "");
  const { run, error, isBusy } = useAct(async () => {
    const query = { workspace_id: project.id };
    const body = { name, description };
    if (label === undefined) {
      await answerOf(control.api.POST("/v1/labels", { params: { query }, body }));
    } else {
      await answerOf(control.api.PUT("/v1/labels/{label}", { params: { path: { label: label.id }, query }, body }));
    }
    say(`${name} is saved.`);
    onClose();
    await queries.invalidateQueries();
  });
  const fieldError = errorsByField(error);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <TextField
        label="Name"
        required
        value={name}
        onChange={setName}
        error={fieldError("name")}
        hint={
          label === undefined
            ? "As calls write it after the @, such as canary."
            : "Calls by the old name fail as soon as it has another."
        }
      />
      <TextField
        label="What for"
        isOptional
        value={description}
        onChange={setDescription}
        error={fieldError("description")}
      />
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
