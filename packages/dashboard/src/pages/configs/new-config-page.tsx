/** A config begins with an example of what it is for. */
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct, useGoOn } from "../../controls/act.ts";
import { LeaveGuard } from "../../controls/forms/edited.tsx";
import { SelectField, TextField } from "../../controls/forms/field.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { ForMembers } from "../../frame/for-members.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";
import { ConfigEditor, configIn } from "./config-editor.tsx";
import { examples } from "./examples.ts";

export function NewConfigPage() {
  const { canChange } = useProject();
  return canChange ? <NewConfig /> : <ForMembers title="Add a config" />;
}

function NewConfig() {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const goOn = useGoOn();
  const { project } = useProject();
  const [name, setName] = useState("");
  const [example, setExample] = useState(examples[0].title);
  const [text, setText] = useState(examples[0].text);
  const config = configIn(text);
  const saving = useAct(async () => {
    if (config === undefined) return;
    const { slug } = await answerOf(
      control.api.POST("/v1/configs", { params: { query: { workspace_id: project.id } }, body: { name, config } }),
    );
    void queries.invalidateQueries();
    await goOn(`${name} is saved.`, () => navigate({ to: "/configs/$slug", params: { slug } }));
  });
  const begin = (title: string) => {
    setExample(title);
    setText(textOf(title));
  };
  return (
    <Page title="Add a config" back={<Link to="/configs">← Configs</Link>}>
      <SaveForm saving={saving} layout="stack" cancelPath="/configs" isWhole={config !== undefined}>
        <Panel title="What it is for">
          <div className="form-row">
            <TextField
              label="Name"
              required
              value={name}
              onChange={setName}
              error={errorsByField(saving.error)("name")}
              hint="For people, such as Two regions."
            />
            <SelectField label="Begin with" value={example} onChange={begin} hint="Replaces the text below.">
              {examples.map(({ title }) => (
                <option key={title}>{title}</option>
              ))}
            </SelectField>
          </div>
        </Panel>
        <LeaveGuard isUnsaved={text !== textOf(example) && !saving.isBusy} />
        <ConfigEditor text={text} onChange={setText} />
      </SaveForm>
    </Page>
  );
}

const textOf = (title: string) => examples.find((one) => one.title === title)?.text ?? "";
