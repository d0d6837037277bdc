/** Filters that the project's people have given a name: all of them see them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { TextField } from "../../controls/forms/field.tsx";
import { useSay } from "../../controls/messages.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { filterOf, queryOf, searchOf, type LogFilter } from "./log-query.ts";
import { Form } from "../../controls/forms/form.tsx";

type View = Schemas["LogView"];

export function Views({ filter }: { filter: LogFilter }) {
  const control = useControl();
  const { project, canChange } = useProject();
  const views = useQuery({
    queryKey: ["log-views", project.id],
    queryFn: () => answerOf(control.api.GET("/v1/logs/views", { params: { query: { workspace_id: project.id } } })),
  });
  return (
    <div className="views">
      {views.error !== null && <ErrorPanel error={views.error} title="No saved views" />}
      {views.data?.data.length === 0 && <p className="hint">No view is saved yet.</p>}
      {(views.data?.data ?? []).map((view) => (
        <ViewChip key={view.id} view={view} canChange={canChange} />
      ))}
      {canChange && <SaveView filter={filter} />}
    </div>
  );
}

function ViewChip({ view: { id, name, query }, canChange }: { view: View; canChange: boolean }) {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate({ from: "/logs" });
  const say = useSay();
  const workspace_id = useProject().project.id;
  const [isAsked, setIsAsked] = useState(false);
  const show = () => {
    const { filter, unknown } = filterOf(query);
    if (unknown.length > 0)
      say(`This page has no field for ${unknown.join(", ")}: more is shown than the view asks for.`);
    void navigate({ search: ({ project, columns }) => ({ project, columns, ...filter }) });
  };
  return (
    <span className="chip">
      <button type="button" className="link" onClick={show}>
        {name}
      </button>
      {canChange && (
        <Button variant="quiet" icon="cross" aria-label={`Delete the view ${name}`} onClick={() => setIsAsked(true)} />
      )}
      <ConfirmDialog
        title={`Delete the view ${name}?`}
        verb="Delete"
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        run={async () => {
          await answerOf(control.api.DELETE("/v1/logs/views/{view}", { params: { path: { view: id } } }));
          say(`The view ${name} was deleted.`, async () => {
            await answerOf(control.api.POST("/v1/logs/views", { body: { name, query, workspace_id } }));
            say(`The view ${name} is back.`);
            await queries.invalidateQueries({ queryKey: ["log-views"] });
          });
          await queries.invalidateQueries({ queryKey: ["log-views"] });
        }}
      >
        <p>Everybody in the project loses it. No call is deleted.</p>
      </ConfirmDialog>
    </span>
  );
}

function SaveView({ filter }: { filter: LogFilter }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const [name, setName] = useState("");
  const { run, error, isBusy } = useAct(async () => {
    const { workspace_id, ...asked } = queryOf(filter, project.id);
    const query = new URLSearchParams({ ...asked, ...searchOf(filter) });
    await answerOf(control.api.POST("/v1/logs/views", { body: { name, query: query.toString(), workspace_id } }));
    say(`${name} is saved for everybody in the project.`);
    setName("");
    await queries.invalidateQueries({ queryKey: ["log-views"] });
  });
  return (
    <Form className="bar" onSubmit={run}>
      <TextField label="Name of this view" required value={name} onChange={setName} />
      <Button type="submit" isBusy={isBusy}>
        Save the view
      </Button>
      {error !== undefined && <ErrorPanel error={error} title="It was not saved" />}
    </Form>
  );
}
