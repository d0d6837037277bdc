/** One guardrail: its checks, how configs name it, its versions. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { CodeBlock, CopyText } from "../../controls/copy.tsx";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { TextDifference } from "../../controls/difference.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { Facts, Moment, Status } from "../../controls/show.tsx";
import { Await, ErrorPanel } from "../../controls/states.tsx";
import { PageTabs } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../connectors/field-errors.ts";
import { GuardrailFields } from "./guardrail-fields.tsx";
import { bodyOf, termsOf } from "./guardrail-terms.ts";

type Guardrail = Schemas["Guardrail"];

export function GuardrailPage() {
  const { slug } = useParams({ from: "/frame/guardrails/$slug" });
  const control = useControl();
  const { project, canChange } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const query = useQuery({
    queryKey: ["guardrail", project.id, slug],
    queryFn: () => answerOf(control.api.GET("/v1/guardrails/{slug}", { params })),
  });
  return (
    <Page
      title={query.data?.name ?? slug}
      back={<Link to="/guardrails">← Guardrails</Link>}
      actions={query.data !== undefined && canChange && <Actions guardrail={query.data} />}
    >
      <Await query={query} what="guardrail">
        {(guardrail) => (
          <>
            <Summary guardrail={guardrail} />
            <PageTabs
              label="Parts of the guardrail"
              tabs={[
                {
                  id: "checks",
                  label: canChange ? "Change" : "Checks",
                  content: canChange ? (
                    <EditGuardrail key={guardrail.version_id} guardrail={guardrail} />
                  ) : (
                    <CodeBlock code={textOf(guardrail)} label="the checks" />
                  ),
                },
                { id: "versions", label: "Versions", content: <Versions guardrail={guardrail} /> },
              ]}
            />
          </>
        )}
      </Await>
    </Page>
  );
}

const textOf = ({ checks, actions }: Pick<Guardrail, "checks" | "actions">) =>
  JSON.stringify({ checks, actions }, undefined, 2);

function Summary({ guardrail: { slug, status, version, last_updated_at } }: { guardrail: Guardrail }) {
  return (
    <Panel title="What it is">
      <Facts
        facts={[
          ["Status", <Status key="status" status={status} />],
          ["In configs", <CopyText key="slug" text={`"input_guardrails": ["${slug}"]`} label="its line in a config" />],
          ["Version", version],
          ["Changed", <Moment key="changed" at={last_updated_at} />],
        ]}
      />
    </Panel>
  );
}

function EditGuardrail({ guardrail }: { guardrail: Guardrail }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const [terms, setTerms] = useState(() => termsOf(guardrail));
  const { run, error, isBusy } = useAct(async () => {
    const params = { path: { slug: guardrail.slug }, query: { workspace_id: project.id } };
    await answerOf(control.api.PUT("/v1/guardrails/{slug}", { params, body: bodyOf(terms, guardrail) }));
    say("Saved. It counts at once.");
    await queries.invalidateQueries();
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <GuardrailFields terms={terms} onChange={setTerms} fieldError={errorsByField(error)} />
      {error !== undefined && <ErrorPanel error={error} title="It was not saved" />}
      <div className="form-end">
        <Button type="submit" variant="primary" isBusy={isBusy}>
          Save
        </Button>
      </div>
    </form>
  );
}

function Versions({ guardrail: { slug } }: { guardrail: Guardrail }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const query = useQuery({
    queryKey: ["guardrail-versions", project.id, slug],
    queryFn: () => answerOf(control.api.GET("/v1/guardrails/{slug}/versions", { params })),
  });
  return (
    <Await query={query} what="versions">
      {({ data }) => (
        <div className="stack">
          {data.map((version, index) => {
            const before = data[index + 1];
            return (
              <Panel key={version.id} title={`Version ${version.version}`} lead={<Moment at={version.created_at} />}>
                <TextDifference
                  before={before === undefined ? undefined : textOf(before)}
                  after={textOf(version)}
                  label={`what version ${version.version} changed`}
                />
              </Panel>
            );
          })}
        </div>
      )}
    </Await>
  );
}

function Actions({ guardrail: { slug, name, status } }: { guardrail: Guardrail }) {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const { project } = useProject();
  const [asked, setAsked] = useState<"switch" | "delete">();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const close = () => setAsked(undefined);
  const isOff = status === "archived";
  const setStatus = async (next: "active" | "archived") => {
    await answerOf(control.api.PUT("/v1/guardrails/{slug}", { params, body: { status: next } }));
    say(next === "active" ? "Switched on." : "Switched off. It can be switched on again.");
    await queries.invalidateQueries();
  };
  const remove = async () => {
    await answerOf(control.api.DELETE("/v1/guardrails/{slug}", { params }));
    say(`${name} was deleted.`);
    await navigate({ to: "/guardrails" });
    void queries.invalidateQueries();
  };
  return (
    <>
      <Button onClick={() => (isOff ? void setStatus("active") : setAsked("switch"))}>
        {isOff ? "Switch on" : "Switch off"}
      </Button>
      <Button variant="danger" onClick={() => setAsked("delete")}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Switch ${name} off?`}
        verb="Switch off"
        isOpen={asked === "switch"}
        onClose={close}
        run={() => setStatus("archived")}
      >
        <p>Calls whose config names it are refused: nothing passes unchecked. It can be switched on again.</p>
      </ConfirmDialog>
      <ConfirmDialog
        title={`Delete ${name}?`}
        verb="Delete"
        name={slug}
        isOpen={asked === "delete"}
        onClose={close}
        run={remove}
      >
        <p>All its versions go with it. One that a saved config names stays, and that config is named.</p>
      </ConfirmDialog>
    </>
  );
}
