import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl } from "../../api/control.ts";
import { AreaField, SelectField, TextField } from "../../controls/field.tsx";
import { Panel } from "../../controls/page.tsx";
import { useProject } from "../../session/project.ts";
import type { Settings } from "./settings.ts";

interface FieldsProps {
  settings: Settings;
  onChange: (settings: Settings) => void;
}

export function SettingFields({ settings, onChange }: FieldsProps) {
  const set = (part: Partial<Settings>) => onChange({ ...settings, ...part });
  return (
    <Panel title="What every column gets">
      <div className="form">
        <CredentialField settings={settings} onChange={onChange} />
        <AreaField
          label="System"
          isOptional
          rows={3}
          value={settings.system}
          onChange={(system) => set({ system })}
          placeholder="You are a helpful assistant."
        />
        <div className="form-row form-row-tight">
          <TextField
            label="Max tokens"
            placeholder="default"
            type="number"
            min={1}
            value={settings.maxTokens}
            onChange={(maxTokens) => set({ maxTokens })}
          />
          <TextField
            label="Temperature"
            placeholder="default"
            type="number"
            min={0}
            max={2}
            step={0.1}
            value={settings.temperature}
            onChange={(temperature) => set({ temperature })}
          />
          <TextField
            label="Top p"
            placeholder="default"
            type="number"
            min={0}
            max={1}
            step={0.05}
            value={settings.topP}
            onChange={(topP) => set({ topP })}
          />
        </div>
        <details className="more-fields">
          <summary>Bedrock's knobs, tools, other fields</summary>
          <BedrockFields settings={settings} onChange={onChange} />
        </details>
      </div>
    </Panel>
  );
}

function CredentialField({ settings, onChange }: FieldsProps) {
  const control = useControl();
  const { project } = useProject();
  const credentials = useQuery({
    queryKey: ["credential-choices", project.id],
    queryFn: () =>
      answerOf(control.api.GET("/v1/virtual-keys", { params: { query: { workspace_id: project.id, limit: 100 } } })),
  });
  return (
    <SelectField
      label="Credential"
      value={settings.credential}
      onChange={(credential) => onChange({ ...settings, credential })}
    >
      <option value="">the server's own</option>
      {(credentials.data?.data ?? []).map(({ slug, name }) => (
        <option key={slug} value={slug}>
          {name} (@{slug})
        </option>
      ))}
    </SelectField>
  );
}

function Choice({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: string;
  choices: readonly string[];
  onChange: (value: string) => void;
}) {
  return (
    <SelectField label={label} value={value} onChange={onChange}>
      <option value="">as it comes</option>
      {choices.map((choice) => (
        <option key={choice}>{choice}</option>
      ))}
    </SelectField>
  );
}

function BedrockFields({ settings, onChange }: FieldsProps) {
  const set = (part: Partial<Settings>) => onChange({ ...settings, ...part });
  return (
    <div className="form">
      <div className="form-row form-row-tight">
        <Choice
          label="Reasoning effort"
          value={settings.effort}
          choices={["low", "medium", "high"]}
          onChange={(effort) => set({ effort })}
        />
        <Choice
          label="Service tier"
          value={settings.tier}
          choices={["default", "flex", "priority"]}
          onChange={(tier) => set({ tier })}
        />
        <Choice
          label="Route"
          value={settings.route}
          choices={["converse", "invoke"]}
          onChange={(route) => set({ route })}
        />
      </div>
      <div className="form-row form-row-tight">
        <TextField
          label="Guardrail"
          isOptional
          className="mono"
          value={settings.guardrail}
          onChange={(guardrail) => set({ guardrail })}
        />
        <TextField
          label="Its version"
          isOptional
          className="mono"
          placeholder="DRAFT"
          value={settings.guardrailVersion}
          onChange={(guardrailVersion) => set({ guardrailVersion })}
        />
      </div>
      <TextFields {...{ settings, onChange }} />
    </div>
  );
}

function TextFields({ settings, onChange }: FieldsProps) {
  const set = (part: Partial<Settings>) => onChange({ ...settings, ...part });
  return (
    <>
      <AreaField
        label="Stop at"
        isOptional
        rows={2}
        className="mono"
        value={settings.stop}
        onChange={(stop) => set({ stop })}
        hint="One text a line."
      />
      <AreaField
        label="Tools"
        isOptional
        rows={4}
        className="mono"
        value={settings.tools}
        onChange={(tools) => set({ tools })}
        placeholder={'[{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]'}
        hint="JSON, as OpenAI has it."
      />
      <AreaField
        label="Other fields"
        isOptional
        rows={3}
        className="mono"
        value={settings.others}
        onChange={(others) => set({ others })}
        placeholder={'{"additionalModelRequestFields": {"top_k": 50}}'}
        hint="JSON: anything else that the body may have."
      />
    </>
  );
}
