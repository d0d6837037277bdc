/** Names that point to versions of prompts: those of every project, and the project's own. */
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { changedIn } from "../../controls/forms/changed-in.ts";
import { DialogForm, DialogList, RowActions } from "../../controls/forms/dialog-form.tsx";
import { TextField } from "../../controls/forms/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Badge, Moment } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";

type Entry = Schemas["PromptLabel"];

export function Labels() {
  const control = useControl();
  const { project, canChange } = useProject();
  const list = useLongList(["labels", project.id], (after) => {
    const query = { workspace_id: project.id, limit: 50, ...(after !== undefined && { after }) };
    return answerOf(control.api.GET("/v1/labels", { params: { query } }));
  });
  return (
    <DialogList
      list={list}
      what="labels"
      caption="Labels"
      columns={columnsOf(canChange)}
      keyOf={({ id }) => id}
      lead={
        <>
          A label points to one version of each prompt, chosen at the prompt's versions. Calls name it:{" "}
          <code>pp-welcome@staging</code>.
        </>
      }
      add={canChange ? { label: "Add a label", form: (onClose) => <LabelForm onClose={onClose} /> } : undefined}
    />
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
  const { project } = useProject();
  const params = { path: { label: entry.id }, query: { workspace_id: project.id } };
  return (
    <RowActions
      name={entry.name}
      change={(onClose) => <LabelForm label={entry} onClose={onClose} />}
      remove={{
        run: () => answerOf(control.api.DELETE("/v1/labels/{label}", { params })),
        typed: entry.name,
        words: (
          <p>
            Calls that name <code>@{entry.name}</code> fail from then on, of every prompt that it points into. The
            versions stay.
          </p>
        ),
      }}
    />
  );
}

function LabelForm({ label, onClose }: { label?: Entry; onClose: () => void }) {
  const control = useControl();
  const { project } = useProject();
  const [opened] = useState({ name: label?.name ?? "", description: label?.description ?? "" });
  const [name, setName] = useState(opened.name);
  const [description, setDescription] = useState(opened.description);
  const save = async () => {
    const query = { workspace_id: project.id };
    const body = { name, description };
    if (label === undefined) {
      await answerOf(control.api.POST("/v1/labels", { params: { query }, body }));
    } else {
      const params = { path: { label: label.id }, query };
      await answerOf(control.api.PUT("/v1/labels/{label}", { params, body: changedIn(body, opened) }));
    }
    return `${name} is saved.`;
  };
  return (
    <DialogForm save={save} onClose={onClose}>
      {(error) => (
        <>
          <TextField
            label="Name"
            required
            value={name}
            onChange={setName}
            error={errorsByField(error)("name")}
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
            error={errorsByField(error)("description")}
          />
        </>
      )}
    </DialogForm>
  );
}
