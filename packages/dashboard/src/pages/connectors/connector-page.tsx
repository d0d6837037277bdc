/** One connector: what it is, whether it works, a call of it, its changes. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { ObjectActions } from "../../controls/object-actions.tsx";
import { CodeBlock, CopyText } from "../../controls/copy.tsx";
import { LeaveGuard, useMerged } from "../../controls/forms/edited.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { Facts, Moment } from "../../controls/show.tsx";
import { Await, Callout } from "../../controls/states.tsx";
import { PageTabs } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";
import { keyPlaceholder } from "../keys/snippets.ts";
import { CheckConnection } from "./check-connection.tsx";
import { ConnectorFields } from "./connector-fields.tsx";
import { changeOf, termsOf, withoutSecrets, type Connector } from "./connector-terms.ts";
import { SignedWith } from "./connectors-page.tsx";
import { errorsByField } from "../../controls/forms/field-errors.ts";
import { TryConnector } from "./try-connector.tsx";

export function ConnectorPage() {
  const { slug } = useParams({ from: "/frame/connectors/$slug" });
  const control = useControl();
  const { project, canChange } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const query = useQuery({
    queryKey: ["connector", project.id, slug],
    queryFn: () => answerOf(control.api.GET("/v1/connectors/{slug}", { params })),
  });
  const check = () => answerOf(control.api.POST("/v1/connectors/{slug}/check_connection", { params }));
  return (
    <Page
      title={query.data?.name ?? slug}
      back={<Link to="/connectors">← Connectors</Link>}
      actions={query.data !== undefined && canChange && <DeleteConnector connector={query.data} />}
    >
      <Await query={query} what="connector">
        {(connector) => (
          <>
            <Summary connector={connector} />
            {canChange ? (
              <PageTabs
                label="Parts of the connector"
                tabs={[
                  { id: "use", label: "Check and call", content: <Use connector={connector} check={check} /> },
                  {
                    id: "change",
                    label: "Change",
                    content: <EditConnector connector={connector} />,
                    isKept: true,
                  },
                ]}
              />
            ) : (
              <CallIt connector={connector} />
            )}
          </>
        )}
      </Await>
    </Page>
  );
}

function Use({ connector, check }: { connector: Connector; check: () => Promise<Schemas["ConnectionStatus"]> }) {
  return (
    <div className="stack">
      <Panel title="Does it work?">
        <CheckConnection key={connector.last_updated_at} check={check} />
      </Panel>
      <TryConnector key={connector.last_updated_at} connector={connector} />
      <CallIt connector={connector} />
    </div>
  );
}

function Summary({ connector }: { connector: Connector }) {
  const { slug, connection_spec: spec, output_schema, request_timeout, created_at, last_updated_at } = connector;
  return (
    <Panel title="What it is">
      <Facts
        facts={[
          ["Called as", <CopyText key="slug" text={slug} label="the slug" />],
          ["Model", <code key="model">{spec.inference_profile ?? spec.model_id ?? "—"}</code>],
          ["Signed with", <SignedWith key="signed" connector={connector} />],
          ["Region", spec.region ?? "the credential's"],
          ["Gives", output_schema.length === 0 ? "the model's JSON" : output_schema.map(({ name }) => name).join(", ")],
          ...(request_timeout === undefined ? [] : [["Timeout", `${request_timeout / 1_000} s`] as const]),
          ["Added", <Moment key="added" at={created_at} />],
          ["Changed", <Moment key="changed" at={last_updated_at} />],
        ]}
      />
    </Panel>
  );
}

function CallIt({ connector: { slug } }: { connector: Connector }) {
  const code = `curl -sS ${location.origin}/v1/connectors/${slug}/invoke \\
  -H "Authorization: Bearer ${keyPlaceholder}" \\
  -H "Content-Type: application/json" \\
  -d '{"data": {}}'`;
  return (
    <Panel title="Call it" lead="With a gateway key of this project. The model's own JSON may be sent as body instead.">
      <CodeBlock code={code} label="the lines for curl" />
    </Panel>
  );
}

function EditConnector({ connector }: { connector: Connector }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const { terms, setTerms, isUnsaved, accept } = useMerged(termsOf(connector));
  const [warnings, setWarnings] = useState<readonly string[]>([]);
  const saving = useAct(async () => {
    const saved = await answerOf(
      control.api.PUT("/v1/connectors/{slug}", {
        params: { path: { slug: connector.slug }, query: { workspace_id: project.id } },
        body: changeOf(terms, connector),
      }),
    );
    setWarnings(saved.warnings);
    await queries.invalidateQueries();
    accept(withoutSecrets(terms));
    say("Saved. It counts at once.");
  });
  return (
    <SaveForm saving={saving} layout="stack" label="The connector's form">
      <LeaveGuard isUnsaved={isUnsaved && !saving.isBusy} />
      <ConnectorFields terms={terms} onChange={setTerms} fieldError={errorsByField(saving.error)} isStored />
      {warnings.length > 0 && <Callout kind="warning">{warnings.join(" ")}</Callout>}
    </SaveForm>
  );
}

function DeleteConnector({ connector: { slug, name, connection_spec } }: { connector: Connector }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  return (
    <ObjectActions
      name={name}
      deleting={{
        run: () => answerOf(control.api.DELETE("/v1/connectors/{slug}", { params })),
        typed: slug,
        listPath: "/connectors",
        words: (
          <p>
            Whoever calls <code>/v1/connectors/{slug}/invoke</code> gets 404 from now on.
            {connection_spec.credential_kind !== undefined && " Its own credential goes with it."} It cannot be brought
            back.
          </p>
        ),
      }}
    />
  );
}
