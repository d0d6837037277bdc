/** Projects: what is in one is seen from no other. */
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import type { Project } from "../../api/objects.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { TextField } from "../../controls/forms/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { useSay } from "../../controls/messages.tsx";
import { Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { Moment } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { MoreOf, Table, type Column } from "../../controls/table.tsx";
import { errorsByField } from "../../controls/forms/field-errors.ts";

const columns: readonly Column<Project>[] = [
  {
    title: "Name",
    cell: ({ name, slug }) => (
      <span className="name-cell">
        <Link to="/" search={{ project: slug }}>
          {name}
        </Link>
        <small>{slug}</small>
      </span>
    ),
  },
  { title: "What it is for", cell: ({ description }) => description ?? <span className="soft">—</span> },
  {
    title: "Made",
    // The first project comes with the database, and has no moment of its own.
    cell: ({ created_at }) =>
      Date.parse(created_at) === 0 ? <span className="soft">with the gateway</span> : <Moment at={created_at} />,
  },
  { title: "Change", cell: (project) => <DeleteProject project={project} /> },
];

export function Projects() {
  const control = useControl();
  const list = useLongList(["projects", "settings"], (after) =>
    answerOf(
      control.api.GET("/v1/projects", { params: { query: { limit: 50, ...(after !== undefined && { after }) } } }),
    ),
  );
  return (
    <div className="stack">
      <Await query={list} what="projects">
        {({ entries }) => (
          <>
            <Table caption="Projects" columns={columns} rows={entries} keyOf={({ id }) => id} />
            <MoreOf list={list} />
          </>
        )}
      </Await>
      <AddProject />
    </div>
  );
}

function AddProject() {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const [name, setName] = useState("");
  const [slug, setSlug] = useState("");
  const [description, setDescription] = useState("");
  const saving = useAct(async () => {
    await answerOf(
      control.api.POST("/v1/projects", {
        body: { name, ...(slug !== "" && { slug }), ...(description !== "" && { description }) },
      }),
    );
    say(`${name} is there.`);
    setName("");
    setSlug("");
    setDescription("");
    await queries.invalidateQueries();
  });
  const fieldError = errorsByField(saving.error);
  return (
    <Panel title="Add a project" lead="Its credentials, keys, connectors and configs are its own.">
      <SaveForm saving={saving} layout="form" verb="Add the project">
        <div className="form-row">
          <TextField label="Name" required value={name} onChange={setName} error={fieldError("name")} />
          <TextField label="Slug" isOptional value={slug} onChange={setSlug} error={fieldError("slug")} />
          <TextField label="What it is for" isOptional value={description} onChange={setDescription} />
        </div>
      </SaveForm>
    </Panel>
  );
}

function DeleteProject({ project }: { project: Project }) {
  const control = useControl();
  const queries = useQueryClient();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      <Button variant="quiet" onClick={() => setIsAsked(true)} aria-label={`Delete ${project.name}`}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Delete ${project.name}?`}
        verb="Delete"
        name={project.slug}
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        run={async () => {
          const params = { path: { project: project.id } };
          await answerOf(control.api.DELETE("/v1/projects/{project}", { params }));
          void queries.invalidateQueries();
        }}
      >
        <p>Only a project with nothing in it can be deleted: nothing breaks. Its members lose their roles in it.</p>
      </ConfirmDialog>
    </>
  );
}
