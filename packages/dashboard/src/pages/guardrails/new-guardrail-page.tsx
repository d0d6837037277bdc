import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct, useGoOn } from "../../controls/act.ts";
import { LeaveGuard } from "../../controls/forms/edited.tsx";
import { Page } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { ForMembers } from "../../frame/for-members.tsx";
import { useProject } from "../../session/project.ts";
import { GuardrailFields } from "./guardrail-fields.tsx";
import { bodyOf, newTerms } from "./guardrail-terms.ts";

export function NewGuardrailPage() {
  const { canChange } = useProject();
  return canChange ? <NewGuardrail /> : <ForMembers title="Add a guardrail" />;
}

function NewGuardrail() {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const goOn = useGoOn();
  const { project } = useProject();
  const [terms, setTerms] = useState(newTerms);
  const saving = useAct(async () => {
    const params = { query: { workspace_id: project.id } };
    const { slug } = await answerOf(control.api.POST("/v1/guardrails", { params, body: bodyOf(terms) }));
    void queries.invalidateQueries();
    await goOn(`${terms.name} is saved.`, () => navigate({ to: "/guardrails/$slug", params: { slug } }));
  });
  return (
    <Page title="Add a guardrail" back={<Link to="/guardrails">← Guardrails</Link>}>
      <SaveForm saving={saving} layout="stack" cancelPath="/guardrails">
        <LeaveGuard isUnsaved={terms !== newTerms && !saving.isBusy} />
        <GuardrailFields terms={terms} onChange={setTerms} error={saving.error} />
      </SaveForm>
    </Page>
  );
}
