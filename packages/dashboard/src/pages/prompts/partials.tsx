/** Pieces of templates that several prompts share. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { CopyText } from "../../controls/copy.tsx";
import { DialogForm, DialogList, RowActions } from "../../controls/forms/dialog-form.tsx";
import { EditedGuard, useEdited, useSavedCheck } from "../../controls/forms/edited.tsx";
import { AreaField, TextField } from "../../controls/forms/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Moment } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import type { Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";

type Entry = Schemas["PromptPartialEntry"];

export function Partials() {
  const control = useControl();
  const { project, canChange } = useProject();
  const list = useLongList(["partials", project.id], (after) => {
    const query = { workspace_id: project.id, limit: 50, ...(after !== undefined && { after }) };
    return answerOf(control.api.GET("/v1/prompts/partials", { params: { query } }));
  });
  return (
    <DialogList
      list={list}
      what="partials"
      caption="Partials"
      columns={columnsOf(canChange)}
      keyOf={({ id }) => id}
      lead="A new version counts in every prompt that names the partial, once it is published."
      add={canChange ? { label: "Add a partial", form: (onClose) => <NewPartial onClose={onClose} /> } : undefined}
      empty={{
        icon: "prompts",
        title: "No partial yet",
        words:
          "What several prompts say alike, such as a tone or a set of rules, is written once and named in their templates.",
      }}
    />
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

function PartialActions({ entry: { name, slug } }: { entry: Entry }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { partial: slug }, query: { workspace_id: project.id } };
  return (
    <RowActions
      name={name}
      change={(onClose) => <ChangePartial slug={slug} onClose={onClose} />}
      remove={{
        run: () => answerOf(control.api.DELETE("/v1/prompts/partials/{partial}", { params })),
        typed: slug,
        words: (
          <p>One that a published, newest or labelled version of a prompt names stays, and that prompt is named.</p>
        ),
      }}
    />
  );
}

const keyOf = (projectId: string, slug: string) => ["partial", projectId, slug];

/** Of its newest version. */
function ChangePartial({ slug, onClose }: { slug: string; onClose: () => void }) {
  const control = useControl();
  const { project } = useProject();
  const query = useQuery({
    queryKey: keyOf(project.id, slug),
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/prompts/partials/{partial}", {
          params: { path: { partial: `${slug}@latest` }, query: { workspace_id: project.id } },
        }),
      ),
  });
  return (
    <Await query={query} what="partial">
      {(partial) => <EditPartial partial={partial} onClose={onClose} />}
    </Await>
  );
}

interface Terms {
  name: string;
  text: string;
}

const termsOf = ({ name, string: text }: Schemas["PromptPartial"]): Terms => ({ name, text });

function EditPartial({ partial, onClose }: { partial: Schemas["PromptPartial"]; onClose: () => void }) {
  const control = useControl();
  const queries = useQueryClient();
  const { project } = useProject();
  const edited = useEdited(termsOf(partial));
  const queryKey = keyOf(project.id, partial.slug);
  const inStore = useSavedCheck({ queryKey, saved: partial, termsOf });
  const save = async ({ name, text }: Terms) => {
    await inStore.check();
    const params = { path: { partial: partial.slug }, query: { workspace_id: project.id } };
    const { version } = await answerOf(
      control.api.PUT("/v1/prompts/partials/{partial}", { params, body: { name, string: text } }),
    );
    // It is saved, whether it is published now or by the next press: that version is nobody else's.
    await queries.invalidateQueries({ queryKey });
    edited.accept();
    await answerOf(control.api.PUT("/v1/prompts/partials/{partial}/makeDefault", { params, body: { version } }));
  };
  return (
    <PartialForm terms={edited.terms} setTerms={edited.setTerms} save={save} onClose={onClose}>
      <EditedGuard edited={edited} isBusy={false} />
    </PartialForm>
  );
}

function NewPartial({ onClose }: { onClose: () => void }) {
  const control = useControl();
  const { project } = useProject();
  const [terms, setTerms] = useState<Terms>({ name: "", text: "" });
  const save = async ({ name, text }: Terms) => {
    const params = { query: { workspace_id: project.id } };
    await answerOf(control.api.POST("/v1/prompts/partials", { params, body: { name, string: text } }));
  };
  return <PartialForm terms={terms} setTerms={setTerms} save={save} onClose={onClose} />;
}

interface PartialFormProps {
  terms: Terms;
  setTerms: (terms: Terms) => void;
  save: (terms: Terms) => Promise<void>;
  onClose: () => void;
  /** Stands above the fields. */
  children?: ReactNode;
}

function PartialForm({ terms, setTerms, save, onClose, children }: PartialFormProps) {
  return (
    <DialogForm
      verb="Save and publish"
      save={async () => {
        await save(terms);
        return "Saved and published.";
      }}
      onClose={onClose}
    >
      {(error) => (
        <>
          {children}
          <TextField
            label="Name"
            required
            value={terms.name}
            onChange={(name) => setTerms({ ...terms, name })}
            error={errorsByField(error)("name")}
          />
          <AreaField
            label="Text"
            className="mono"
            required
            rows={6}
            value={terms.text}
            onChange={(text) => setTerms({ ...terms, text })}
            error={errorsByField(error)("string")}
            hint="A piece of a template: {{variables}} are the prompt's. It is published as it is saved."
          />
        </>
      )}
    </DialogForm>
  );
}
