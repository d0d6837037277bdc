/** A key is made, and shown once. */
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct, useGoOn } from "../../controls/act.ts";
import { LeaveGuard } from "../../controls/forms/edited.tsx";
import { errorsUnder } from "../../controls/forms/field-errors.ts";
import { SelectField } from "../../controls/forms/field.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { ForMembers } from "../../frame/for-members.tsx";
import { useProject } from "../../session/project.ts";
import { useSignedIn } from "../../session/session.ts";
import { KeyFields } from "./key-fields.tsx";
import { bodyOf, newTerms } from "./key-terms.ts";
import { ShownOnce } from "./shown-once.tsx";
import { SnippetTabs } from "./snippet-tabs.tsx";

type Made = Schemas["ApiKeyCreated"];

export function NewKeyPage() {
  const [made, setMade] = useState<Made>();
  const { canChange } = useProject();
  if (!canChange) return <ForMembers title="Make a key" />;
  return (
    <Page title={made === undefined ? "Make a key" : made.name} back={<Link to="/keys">← Keys</Link>}>
      {made === undefined ? <NewKeyForm onMade={setMade} /> : <MadeKey made={made} />}
    </Page>
  );
}

function MadeKey({ made: { id, key } }: { made: Made }) {
  return (
    <>
      {key !== null && <ShownOnce secret={key} what="the key" />}
      <Panel title="Use it" lead="Two settings of the client that you have. The code stays.">
        <SnippetTabs secret={key ?? undefined} />
      </Panel>
      <p>
        <Link to="/keys/$id" params={{ id }}>
          Its terms, rotation and key pairs
        </Link>
      </p>
    </>
  );
}

function NewKeyForm({ onMade }: { onMade: (made: Made) => void }) {
  const control = useControl();
  const queries = useQueryClient();
  const session = useSignedIn();
  const { project } = useProject();
  const [terms, setTerms] = useState(newTerms);
  const goOn = useGoOn();
  const [owner, setOwner] = useState("service");
  const saving = useAct(async () => {
    const { defaults, ...body } = bodyOf(terms);
    const isOwn = owner === "me" && session.kind === "person";
    const made = await answerOf(
      control.api.POST("/v1/api-keys/{type}/{kind}", {
        params: { path: { type: "workspace", kind: isOwn ? "user" : "service" }, query: { workspace_id: project.id } },
        body: { ...body, defaults, ...(isOwn && { user_id: session.person.id }) },
      }),
    );
    await goOn(`${made.name} was made, and nobody has seen its text: rotate it.`, () => onMade(made));
    void queries.invalidateQueries();
  });
  return (
    <SaveForm saving={saving} layout="stack" verb="Make the key" refusal="It was not made" cancelPath="/keys">
      <LeaveGuard isUnsaved={terms !== newTerms && !saving.isBusy} />
      <KeyFields terms={terms} onChange={setTerms} fieldError={errorsUnder(saving.error)}>
        {session.kind === "person" && (
          <SelectField label="Whose" value={owner} onChange={setOwner} hint="A person's keys go when the person goes.">
            <option value="service">a service's</option>
            <option value="me">mine</option>
          </SelectField>
        )}
      </KeyFields>
    </SaveForm>
  );
}
