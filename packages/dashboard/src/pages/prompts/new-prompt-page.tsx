import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct, useGoOn } from "../../controls/act.ts";
import { LeaveGuard } from "../../controls/forms/edited.tsx";
import { TextField } from "../../controls/forms/field.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { ForMembers } from "../../frame/for-members.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";
import { CollectionChoice } from "./collections.tsx";
import { PromptFields } from "./prompt-fields.tsx";
import { contentOf, newTerms } from "./prompt-terms.ts";

export function NewPromptPage() {
  const { canChange } = useProject();
  return canChange ? <NewPrompt /> : <ForMembers title="Add a prompt" />;
}

function NewPrompt() {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const goOn = useGoOn();
  const { project } = useProject();
  const [terms, setTerms] = useState(newTerms);
  const [collection, setCollection] = useState("");
  const saving = useAct(async () => {
    const params = { query: { workspace_id: project.id } };
    const body = { name: terms.name, ...(collection !== "" && { collection_id: collection }), ...contentOf(terms) };
    const { slug } = await answerOf(control.api.POST("/v1/prompts", { params, body }));
    void queries.invalidateQueries();
    await goOn(`${terms.name} is saved and published.`, () => navigate({ to: "/prompts/$slug", params: { slug } }));
  });
  const fieldError = errorsByField(saving.error);
  return (
    <Page
      title="Add a prompt"
      back={<Link to="/prompts">← Prompts</Link>}
      lead="Its first version is published as it is saved."
    >
      <SaveForm saving={saving} layout="stack" verb="Save and publish" cancelPath="/prompts">
        <LeaveGuard isUnsaved={terms !== newTerms && !saving.isBusy} />
        <Panel title="What it is for">
          <TextField
            label="Name"
            required
            value={terms.name}
            onChange={(name) => setTerms({ ...terms, name })}
            error={fieldError("name")}
            hint="For people, such as Welcome. Its slug is made of it."
          />
          <CollectionChoice label="Collection" none="none" value={collection} onChange={setCollection} />
        </Panel>
        <PromptFields terms={terms} onChange={setTerms} fieldError={fieldError} />
      </SaveForm>
    </Page>
  );
}
