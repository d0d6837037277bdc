/** A connector is filled in, checked, stored. */
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct, useGoOn } from "../../controls/act.ts";
import { LeaveGuard } from "../../controls/forms/edited.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { ForMembers } from "../../frame/for-members.tsx";
import { useProject } from "../../session/project.ts";
import { CheckConnection } from "./check-connection.tsx";
import { ConnectorFields } from "./connector-fields.tsx";
import { createBody, newTerms, specOf } from "./connector-terms.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";

export function NewConnectorPage() {
  const { canChange } = useProject();
  return canChange ? <NewConnector /> : <ForMembers title="Add a connector" />;
}

function NewConnector() {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const goOn = useGoOn();
  const say = useSay();
  const { project } = useProject();
  const [terms, setTerms] = useState(newTerms);
  const params = { query: { workspace_id: project.id } };
  const saving = useAct(async () => {
    const { slug, warnings } = await answerOf(control.api.POST("/v1/connectors", { params, body: createBody(terms) }));
    // The page that follows knows no more of them.
    if (warnings.length > 0) say(warnings.join(" "));
    void queries.invalidateQueries();
    await goOn(`${terms.name} is stored.`, () => navigate({ to: "/connectors/$slug", params: { slug } }));
  });
  const check = () =>
    answerOf(control.api.POST("/v1/connectors/check_connection", { params, body: { connection_spec: specOf(terms) } }));
  return (
    <Page
      title="Add a connector"
      back={<Link to="/connectors">← Connectors</Link>}
      lead="Choose a model: its sample request and answer are filled in. Say what goes in, and what comes out."
    >
      <SaveForm saving={saving} layout="stack" verb="Store" refusal="It was not stored" cancelPath="/connectors">
        <LeaveGuard isUnsaved={terms !== newTerms && !saving.isBusy} />
        <ConnectorFields terms={terms} onChange={setTerms} fieldError={errorsByField(saving.error)} isStored={false} />
        <Panel title="Does it work?">
          {/* What was found holds for what was asked: of other terms it says nothing. */}
          <CheckConnection key={JSON.stringify(specOf(terms))} check={check} />
        </Panel>
      </SaveForm>
    </Page>
  );
}
