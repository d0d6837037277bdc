import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { LeaveGuard } from "../../controls/edited.tsx";
import { Page } from "../../controls/page.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
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
  const { project } = useProject();
  const [terms, setTerms] = useState(newTerms);
  const { run, error, isBusy } = useAct(async () => {
    const params = { query: { workspace_id: project.id } };
    const { slug } = await answerOf(control.api.POST("/v1/guardrails", { params, body: bodyOf(terms) }));
    void queries.invalidateQueries();
    await navigate({ to: "/guardrails/$slug", params: { slug } });
  });
  return (
    <Page title="Add a guardrail" back={<Link to="/guardrails">← Guardrails</Link>}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <LeaveGuard isUnsaved={terms !== newTerms && !isBusy} />
        <GuardrailFields terms={terms} onChange={setTerms} error={error} />
        {error !== undefined && <ErrorPanel error={error} title="It was not saved" />}
        <div className="form-end">
          <Link to="/guardrails" className="button button-plain">
            Cancel
          </Link>
          <Button type="submit" variant="primary" isBusy={isBusy}>
            Save
          </Button>
        </div>
      </form>
    </Page>
  );
}
