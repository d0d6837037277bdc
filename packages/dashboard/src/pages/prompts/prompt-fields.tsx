/** The editor of a prompt: messages with variables, model, credential, parameters. */
import { Button } from "../../controls/button.tsx";
import { CredentialField } from "../../controls/forms/choice-fields.tsx";
import { AreaField, CheckField, SelectField } from "../../controls/forms/field.tsx";
import { jsonFault, jsonListFault } from "../../controls/forms/form-text.ts";
import { Panel } from "../../controls/page.tsx";
import { ModelField } from "../models/model-field.tsx";
import { messagesIn, templateOf, variablesIn, type MessageRow, type PromptTerms } from "./prompt-terms.ts";

export interface PromptFieldsProps {
  terms: PromptTerms;
  onChange: (terms: PromptTerms) => void;
  fieldError: (field: string) => string | undefined;
}

export function PromptFields({ terms, onChange, fieldError }: PromptFieldsProps) {
  const set = (part: Partial<PromptTerms>) => onChange({ ...terms, ...part });
  const variables = variablesIn(templateOf(terms));
  return (
    <>
      <Panel
        title="Messages"
        lead="{{name}} stands for a variable of the call, {{>slug}} for a partial, {{#list}}…{{/list}} for a section."
      >
        {terms.messages === undefined ? (
          <RawFields {...{ terms, set, fieldError }} />
        ) : (
          <>
            <MessageRows rows={terms.messages} onChange={(messages) => set({ messages })} fieldError={fieldError} />
            {fieldError("string") !== undefined && <p className="field-error">{fieldError("string")}</p>}
          </>
        )}
        <p className="hint">
          {variables.length === 0
            ? "No variable is asked for."
            : `Asked for: ${variables.map(({ name }) => name).join(", ")}.`}
        </p>
      </Panel>
      <CallFields {...{ terms, set, fieldError }} />
    </>
  );
}

interface PartProps {
  terms: PromptTerms;
  set: (part: Partial<PromptTerms>) => void;
  fieldError: (field: string) => string | undefined;
}

function RawFields({ terms, set, fieldError }: PartProps) {
  const rows = terms.isRawTemplate ? undefined : messagesIn(terms.raw);
  return (
    <>
      <AreaField
        label="Template"
        className="mono"
        rows={12}
        value={terms.raw}
        onChange={(raw) => set({ raw })}
        error={fieldError("string")}
        hint="JSON of messages, or the text of one message."
      />
      <CheckField
        label="It is JSON only once it is filled in"
        checked={terms.isRawTemplate}
        onChange={(isRawTemplate) => set({ isRawTemplate })}
        hint="Then sections may hold whole messages."
      />
      {rows !== undefined && (
        <div>
          <Button onClick={() => set({ messages: rows })}>Show as messages</Button>
        </div>
      )}
    </>
  );
}

interface RowsProps {
  rows: readonly MessageRow[];
  onChange: (rows: readonly MessageRow[] | undefined) => void;
  fieldError: (field: string) => string | undefined;
}

const roles = ["system", "user", "assistant"] as const;

function MessageRows({ rows, onChange, fieldError }: RowsProps) {
  const change = (index: number, part: Partial<MessageRow>) =>
    onChange(rows.map((row, place) => (place === index ? { ...row, ...part } : row)));
  return (
    <>
      {rows.map((row, index) => (
        <div className="message-row" key={index} role="group" aria-label={`Message ${index + 1}`}>
          <SelectField label="Role" value={row.role} onChange={(role) => change(index, { role })}>
            {[...new Set([...roles, row.role])].map((role) => (
              <option key={role}>{role}</option>
            ))}
          </SelectField>
          <AreaField
            label="Text"
            rows={3}
            value={row.content}
            onChange={(content) => change(index, { content })}
            error={fieldError(`string.${index}.content`)}
          />
          <Button
            variant="quiet"
            icon="cross"
            className="row-remove"
            aria-label={`Remove message ${index + 1}`}
            onClick={() => onChange(rows.filter((_row, place) => place !== index))}
          />
        </div>
      ))}
      <div>
        <Button icon="plus" onClick={() => onChange([...rows, { role: "user", content: "" }])}>
          Add a message
        </Button>
      </div>
    </>
  );
}

function CallFields({ terms, set, fieldError }: PartProps) {
  return (
    <Panel title="How it is called">
      <div className="form-row">
        <ModelField
          label="Model"
          isOptional
          value={terms.model}
          onChange={(model) => set({ model })}
          error={fieldError("model")}
          hint="Empty: each call names its own."
        />
        <CredentialField
          label="Credential"
          none="the call's"
          value={terms.virtualKey}
          onChange={(virtualKey) => set({ virtualKey })}
          error={fieldError("virtual_key")}
        />
      </div>
      <JsonFields {...{ terms, set, fieldError }} />
    </Panel>
  );
}

function JsonFields({ terms, set, fieldError }: PartProps) {
  return (
    <div className="form-row form-row-wide">
      <AreaField
        label="Parameters"
        isOptional
        className="mono"
        rows={5}
        value={terms.parameters}
        onChange={(parameters) => set({ parameters })}
        error={fieldError("parameters") ?? (terms.parameters.trim() === "" ? undefined : jsonFault(terms.parameters))}
        hint="JSON: fields of a chat completion, such as temperature."
      />
      <AreaField
        label="Tools"
        isOptional
        className="mono"
        rows={5}
        value={terms.tools}
        onChange={(tools) => set({ tools })}
        error={fieldError("tools") ?? (terms.tools.trim() === "" ? undefined : jsonListFault(terms.tools))}
        hint="JSON list, as OpenAI has it."
      />
    </div>
  );
}
