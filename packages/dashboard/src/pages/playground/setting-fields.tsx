import type { ReactNode } from "react";
import { ConfigField, CredentialField } from "../../controls/forms/choice-fields.tsx";
import { AreaField, CheckField, SelectField, TextField } from "../../controls/forms/field.tsx";
import { Panel } from "../../controls/page.tsx";
import type { Settings } from "./settings.ts";

interface FieldsProps {
  settings: Settings;
  onChange: (settings: Settings) => void;
}

/** Settings that are texts, by their names. */
type TextName = { [Name in keyof Settings]: Settings[Name] extends string ? Name : never }[keyof Settings];

/** A field's value and how it is changed. */
function held({ settings, onChange }: FieldsProps, name: TextName) {
  return { value: settings[name], onChange: (value: string) => onChange({ ...settings, [name]: value }) };
}

export function SettingFields(props: FieldsProps) {
  const numbers = { type: "number", placeholder: "default", min: 0 } as const;
  return (
    <Panel title="What every column gets">
      <div className="form">
        <CredentialField label="Credential" none="the server's own" {...held(props, "credential")} />
        <AreaField
          label="System"
          isOptional
          rows={3}
          placeholder="You are a helpful assistant."
          {...held(props, "system")}
        />
        <div className="form-row form-row-tight">
          <TextField label="Max tokens" {...numbers} min={1} {...held(props, "maxTokens")} />
          <TextField label="Temperature" {...numbers} max={2} step={0.1} {...held(props, "temperature")} />
          <TextField label="Top p" {...numbers} max={1} step={0.05} {...held(props, "topP")} />
          <TextField label="Top k" {...numbers} {...held(props, "topK")} />
        </div>
        <AreaField
          label="Stop at"
          isOptional
          rows={2}
          className="mono"
          hint="One text a line."
          {...held(props, "stop")}
        />
        <More title="Thinking">
          <ThinkingFields {...props} />
        </More>
        <More title="Tools and format">
          <ToolFields {...props} />
        </More>
        <More title="Bedrock: guardrail, tier, route, cache">
          <BedrockFields {...props} />
        </More>
        <More title="Fields of the model's own, other fields">
          <JsonFields {...props} />
        </More>
      </div>
    </Panel>
  );
}

function More({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="more-fields">
      <summary>{title}</summary>
      <div className="form">{children}</div>
    </details>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  choices: readonly (string | readonly [value: string, words: string])[];
  onChange: (value: string) => void;
  none?: string;
}

function Choice({ label, value, choices, onChange, none = "as it comes" }: ChoiceProps) {
  return (
    <SelectField label={label} value={value} onChange={onChange}>
      <option value="">{none}</option>
      {choices.map((choice) => {
        const [one, words] = typeof choice === "string" ? [choice, choice] : choice;
        return (
          <option key={one} value={one}>
            {words}
          </option>
        );
      })}
    </SelectField>
  );
}

function ThinkingFields(props: FieldsProps) {
  return (
    <div className="form-row form-row-tight">
      <Choice
        label="Reasoning effort"
        choices={["none", "minimal", "low", "medium", "high", "xhigh", "max"]}
        {...held(props, "effort")}
      />
      <Choice
        label="Thinking"
        choices={["adaptive", ["enabled", "by a budget"], ["disabled", "off"]]}
        {...held(props, "thinking")}
      />
      {props.settings.thinking === "enabled" && (
        <TextField
          label="Budget, tokens"
          type="number"
          min={1024}
          placeholder="1024"
          {...held(props, "thinkingBudget")}
        />
      )}
    </div>
  );
}

function ToolFields(props: FieldsProps) {
  return (
    <>
      <AreaField
        label="Tools"
        isOptional
        rows={4}
        className="mono"
        placeholder={'[{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]'}
        hint="JSON, as OpenAI has it. What a tool gives is written under the call of it."
        {...held(props, "tools")}
      />
      <div className="form-row form-row-tight">
        <Choice label="Tool choice" choices={["auto", "required", "none"]} {...held(props, "toolChoice")} />
        <Choice label="Answer as" none="text" choices={["json_object", "json_schema"]} {...held(props, "format")} />
      </div>
      {props.settings.format === "json_schema" && (
        <AreaField
          label="Schema of the answer"
          rows={4}
          className="mono"
          placeholder={'{"type": "object", "properties": {"city": {"type": "string"}}}'}
          {...held(props, "schema")}
        />
      )}
    </>
  );
}

function BedrockFields(props: FieldsProps) {
  const { settings, onChange } = props;
  return (
    <>
      <div className="form-row form-row-tight">
        <TextField label="Guardrail" isOptional className="mono" {...held(props, "guardrail")} />
        <TextField
          label="Its version"
          isOptional
          className="mono"
          placeholder="DRAFT"
          {...held(props, "guardrailVersion")}
        />
        <Choice
          label="Its trace"
          choices={["enabled", "enabled_full", "disabled"]}
          {...held(props, "guardrailTrace")}
        />
        <Choice
          label="On its stream"
          choices={[
            ["sync", "held back until it is checked"],
            ["async", "checked behind what is sent"],
          ]}
          {...held(props, "guardrailStream")}
        />
      </div>
      <div className="form-row form-row-tight">
        <Choice label="Service tier" choices={["default", "flex", "priority", "reserved"]} {...held(props, "tier")} />
        <Choice label="Performance" choices={["standard", "optimized"]} {...held(props, "latency")} />
        <TextField
          label="Region"
          isOptional
          className="mono"
          placeholder="us-east-1"
          hint="Where the credential names none."
          {...held(props, "region")}
        />
        <Choice label="Route" choices={["converse", "invoke"]} {...held(props, "route")} />
      </div>
      <CheckField
        label="Cache point behind the system text"
        checked={settings.cachesSystem}
        onChange={(cachesSystem) => onChange({ ...settings, cachesSystem })}
      />
      <CheckField
        label="Cache point behind the question"
        checked={settings.cachesTurns}
        onChange={(cachesTurns) => onChange({ ...settings, cachesTurns })}
        hint="AWS keeps what it read up to there, if it is long enough for the model."
      />
      <Choice label="Kept for" none="five minutes" choices={[["1h", "an hour"]]} {...held(props, "cacheTtl")} />
      <ConfigField label="Config" none="the key's" {...held(props, "config")} />
    </>
  );
}

function JsonFields(props: FieldsProps) {
  return (
    <>
      <AreaField
        label="Fields of the model's own"
        isOptional
        rows={3}
        className="mono"
        placeholder={'{"anthropic_beta": ["context-1m-2025-08-07"]}'}
        hint="JSON: Converse's additionalModelRequestFields."
        {...held(props, "modelFields")}
      />
      <AreaField
        label="Fields wanted of its answer"
        isOptional
        rows={2}
        className="mono"
        placeholder="/stop_sequence"
        hint="JSON pointers, one a line: additionalModelResponseFieldPaths."
        {...held(props, "responsePaths")}
      />
      <AreaField
        label="Other fields"
        isOptional
        rows={3}
        className="mono"
        placeholder={'{"seed": 7, "metadata": {"team": "red"}}'}
        hint="JSON: anything else that the body may have."
        {...held(props, "others")}
      />
    </>
  );
}
