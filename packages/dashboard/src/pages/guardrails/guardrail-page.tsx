/** One guardrail: its checks, how configs name it, its versions. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { everyEntry } from "../../api/list-page.ts";
import { useAct } from "../../controls/act.ts";
import { ObjectActions } from "../../controls/object-actions.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { RestoreVersion } from "../../controls/restore-version.tsx";
import { Uses } from "../../controls/uses.tsx";
import { CodeBlock, CopyText } from "../../controls/copy.tsx";
import { TextDifference } from "../../controls/difference.tsx";
import { EditedGuard, useEdited, useSavedCheck } from "../../controls/forms/edited.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { Badge, Facts, Moment, Status } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { PageTabs } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";
import { GuardrailFields } from "./guardrail-fields.tsx";
import { bodyOf, termsOf } from "./guardrail-terms.ts";

type Guardrail = Schemas["Guardrail"];

const keyOf = (projectId: string, slug: string) => ["guardrail", projectId, slug];

export function GuardrailPage() {
  const { slug } = useParams({ from: "/frame/guardrails/$slug" });
  const control = useControl();
  const { project, canChange } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const query = useQuery({
    queryKey: keyOf(project.id, slug),
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
                    <EditGuardrail guardrail={guardrail} />
                  ) : (
                    <CodeBlock code={textOf(guardrail)} label="the checks" />
                  ),
                  isKept: true,
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
  const edited = useEdited(termsOf(guardrail));
  const { terms, setTerms } = edited;
  const queryKey = keyOf(project.id, guardrail.slug);
  const inStore = useSavedCheck({ queryKey, saved: guardrail, termsOf });
  const saving = useAct(async () => {
    await inStore.check();
    const params = { path: { slug: guardrail.slug }, query: { workspace_id: project.id } };
    await answerOf(control.api.PUT("/v1/guardrails/{slug}", { params, body: bodyOf(terms, guardrail) }));
    await queries.invalidateQueries();
    edited.accept(inStore.now());
    say("Saved. It counts at once.");
  });
  return (
    <SaveForm saving={saving} layout="stack">
      <EditedGuard edited={edited} isBusy={saving.isBusy} />
      <GuardrailFields terms={terms} onChange={setTerms} error={saving.error} />
    </SaveForm>
  );
}

function Versions({ guardrail: { slug, version: newest } }: { guardrail: Guardrail }) {
  const control = useControl();
  const { project, canChange } = useProject();
  const query = useQuery({
    queryKey: ["guardrail-versions", project.id, slug],
    queryFn: () =>
      everyEntry((page) =>
        answerOf(
          control.api.GET("/v1/guardrails/{slug}/versions", {
            params: { path: { slug }, query: { workspace_id: project.id, ...page } },
          }),
        ),
      ),
  });
  return (
    <Await query={query} what="versions">
      {(data) => (
        <div className="stack">
          {data.map((version, index) => {
            const before = data[index + 1];
            return (
              <Panel
                key={version.id}
                title={`Version ${version.version}`}
                lead={<Moment at={version.created_at} />}
                actions={
                  version.version === newest ? (
                    <Badge kind="good">in use</Badge>
                  ) : (
                    canChange && <Restore slug={slug} version={version} />
                  )
                }
              >
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

interface RestoreProps {
  slug: string;
  version: Schemas["GuardrailVersions"]["data"][number];
}

function Restore({ slug, version: { version, checks, actions } }: RestoreProps) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const body = { checks: checks.map((check) => ({ ...check, id: String(check["id"]) })), actions };
  return (
    <RestoreVersion
      version={version}
      restore={() => answerOf(control.api.PUT("/v1/guardrails/{slug}", { params, body }))}
    />
  );
}

function Actions({ guardrail: { slug, name, status } }: { guardrail: Guardrail }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  return (
    <ObjectActions
      name={name}
      switching={{
        isOff: status === "archived",
        set: (isOff) =>
          answerOf(
            control.api.PUT("/v1/guardrails/{slug}", { params, body: { status: isOff ? "archived" : "active" } }),
          ),
        words: (
          <>
            <p>Calls whose config names it are refused: nothing passes unchecked. It can be switched on again.</p>
            <Uses used="guardrail" slug={slug} />
          </>
        ),
      }}
      deleting={{
        run: () => answerOf(control.api.DELETE("/v1/guardrails/{slug}", { params })),
        typed: slug,
        listPath: "/guardrails",
        words: (
          <>
            <p>All its versions go with it. It stays while a saved config names it.</p>
            <Uses used="guardrail" slug={slug} />
          </>
        ),
      }}
    />
  );
}
