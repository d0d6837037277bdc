/** Pieces of templates that several prompts share. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { CopyText } from "../../controls/copy.tsx";
import { ConfirmDialog, Dialog } from "../../controls/dialog.tsx";
import { AreaField, TextField } from "../../controls/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { useSay } from "../../controls/messages.tsx";
import { Moment } from "../../controls/show.tsx";
import { Await, EmptyState, ErrorPanel } from "../../controls/states.tsx";
import { MoreOf, Table, type Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../connectors/field-errors.ts";

type Entry = Schemas["PromptPartialEntry"];

export function Partials() {
  const control = useControl();
  const { project, canChange } = useProject();
  const [isAdding, setIsAdding] = useState(false);
  const list = useLongList(["partials", project.id], (after) => {
    const query = { workspace_id: project.id, limit: 50, ...(after !== undefined && { after }) };
    return answerOf(control.api.GET("/v1/prompts/partials", { params: { query } }));
  });
  const add = canChange && (
    <Button icon="plus" onClick={() => setIsAdding(true)}>
      Add a partial
    </Button>
  );
  return (
    <>
      <Await query={list} what="partials">
        {({ entries }) =>
          entries.length === 0 ? (
            <EmptyState icon="prompts" title="No partial yet" action={add}>
              What several prompts say alike, such as a tone or a set of rules, is written once and named in their
              templates.
            </EmptyState>
          ) : (
            <div className="stack">
              <div className="bar">
                <p className="soft">
                  A new version counts in every prompt that names the partial, once it is published.
                </p>
                {add}
              </div>
              <Table caption="Partials" columns={columnsOf(canChange)} rows={entries} keyOf={({ id }) => id} />
              <MoreOf list={list} />
            </div>
          )
        }
      </Await>
      <Dialog title="Add a partial" isOpen={isAdding} onClose={() => setIsAdding(false)}>
        <PartialForm onClose={() => setIsAdding(false)} />
      </Dialog>
    </>
  );
}

function columnsOf(canChange: boolean): Column<Entry>[] {
  return [
    {
      title: "Name",
      cell: ({ name, slug }) => (
        <span className="name-cell">
          <strong>{name}</strong>
          <small>{slug}</small>
        </span>
      ),
    },
    { title: "In templates", cell: ({ slug }) => <CopyText text={`{{>${slug}}}`} label={`the tag of ${slug}`} /> },
    { title: "Published", isNumber: true, cell: ({ published_version }) => published_version },
    { title: "Changed", cell: ({ last_updated_at }) => <Moment at={last_updated_at} isRelative /> },
    ...(canChange ? [{ title: "Change", cell: (entry: Entry) => <PartialActions entry={entry} /> }] : []),
  ];
}

function PartialActions({ entry }: { entry: Entry }) {
  const control = useControl();
  const queries = useQueryClient();
  const { project } = useProject();
  const [asked, setAsked] = useState<"change" | "delete">();
  const close = () => setAsked(undefined);
  const params = { path: { partial: entry.slug }, query: { workspace_id: project.id } };
  return (
    <span className="actions">
      <Button variant="quiet" onClick={() => setAsked("change")} aria-label={`Change ${entry.name}`}>
        Change
      </Button>
      <Button variant="quiet" onClick={() => setAsked("delete")} aria-label={`Delete ${entry.name}`}>
        Delete
      </Button>
      <Dialog title={`Change ${entry.name}`} isOpen={asked === "change"} onClose={close}>
        <ChangePartial slug={entry.slug} onClose={close} />
      </Dialog>
      <ConfirmDialog
        title={`Delete ${entry.name}?`}
        verb="Delete"
        name={entry.slug}
        isOpen={asked === "delete"}
        onClose={close}
        run={async () => {
          await answerOf(control.api.DELETE("/v1/prompts/partials/{partial}", { params }));
          await queries.invalidateQueries();
        }}
      >
        <p>One that a published, newest or labelled version of a prompt names stays, and that prompt is named.</p>
      </ConfirmDialog>
    </span>
  );
}

/** Of its newest version. */
function ChangePartial({ slug, onClose }: { slug: string; onClose: () => void }) {
  const control = useControl();
  const { project } = useProject();
  const query = useQuery({
    queryKey: ["partial", project.id, slug],
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/prompts/partials/{partial}", {
          params: { path: { partial: `${slug}@latest` }, query: { workspace_id: project.id } },
        }),
      ),
  });
  return (
    <Await query={query} what="partial">
      {(partial) => <PartialForm partial={partial} onClose={onClose} />}
    </Await>
  );
}

function PartialForm({ partial, onClose }: { partial?: Schemas["PromptPartial"]; onClose: () => void }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const [name, setName] = useState(partial?.name ?? "");
  const [text, setText] = useState(partial?.string ?? "");
  const { run, error, isBusy } = useAct(async () => {
    const query = { workspace_id: project.id };
    if (partial === undefined) {
      await answerOf(control.api.POST("/v1/prompts/partials", { params: { query }, body: { name, string: text } }));
    } else {
      const params = { path: { partial: partial.slug }, query };
      const { version } = await answerOf(
        control.api.PUT("/v1/prompts/partials/{partial}", { params, body: { name, string: text } }),
      );
      await answerOf(control.api.PUT("/v1/prompts/partials/{partial}/makeDefault", { params, body: { version } }));
    }
    say("Saved and published.");
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
      <TextField label="Name" required value={name} onChange={setName} error={fieldError("name")} />
      <AreaField
        label="Text"
        className="mono"
        required
        rows={6}
        value={text}
        onChange={setText}
        error={fieldError("string")}
        hint="A piece of a template: {{variables}} are the prompt's. It is published as it is saved."
      />
      {error !== undefined && <ErrorPanel error={error} />}
      <div className="form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={isBusy}>
          Save and publish
        </Button>
      </div>
    </form>
  );
}
