/** The fields of a gateway key's terms. */
import type { ReactNode } from "react";
import { ConfigField, CredentialField } from "../../controls/forms/choice-fields.tsx";
import { AreaField, CheckField, TextField } from "../../controls/forms/field.tsx";
import { lastMoment } from "../../controls/forms/form-text.ts";
import { MoreFields } from "../../controls/forms/more-fields.tsx";
import { Panel } from "../../controls/page.tsx";
import type { KeyTerms } from "./key-terms.ts";

interface KeyFieldsProps {
  terms: KeyTerms;
  onChange: (terms: KeyTerms) => void;
  fieldError: (field: string) => string | undefined;
  /** Beside the name. */
  children?: ReactNode;
}

export function KeyFields({ terms, onChange, fieldError, children }: KeyFieldsProps) {
  const set = (part: Partial<KeyTerms>) => onChange({ ...terms, ...part });
  return (
    <>
      <Panel title="What it is for">
        <div className="form">
          <div className="form-row">
            <TextField
              label="Name"
              required
              value={terms.name}
              onChange={(name) => set({ name })}
              error={fieldError("name")}
              hint="Of the application that will show it, such as Billing service."
            />
            {children}
          </div>
          <CheckField
            label="Calls models"
            checked={terms.callsModels}
            onChange={(callsModels) => set({ callsModels })}
            hint="What most keys are for."
          />
          <AreaField
            label="What of the control API it may use"
            isOptional
            className="mono"
            rows={2}
            value={terms.otherScopes}
            onChange={(otherScopes) => set({ otherScopes })}
            placeholder={"virtual_keys.read\nconfigs.*"}
            error={fieldError("scopes")}
            hint={
              <>
                Scopes, one a line. Each operation names its own at <a href="/docs/api">/docs/api</a>. Empty: nothing.
              </>
            }
          />
        </div>
      </Panel>
      <DefaultFields terms={terms} set={set} fieldError={fieldError} />
      <BoundFields terms={terms} set={set} fieldError={fieldError} />
    </>
  );
}

interface PartProps {
  terms: KeyTerms;
  set: (part: Partial<KeyTerms>) => void;
  fieldError: (field: string) => string | undefined;
}

function DefaultFields({ terms, set, fieldError }: PartProps) {
  return (
    <Panel title="What every request gets" lead="Applications then name a model, and no more.">
      <div className="form-row">
        <div className="stack">
          <CredentialField
            label="Credential"
            none="the server's own"
            value={terms.virtualKey}
            onChange={(virtualKey) => set({ virtualKey })}
            error={fieldError("defaults.virtual_key")}
          />
          <CheckField
            label="A request may bring another credential"
            checked={terms.mayOverrideCredential}
            onChange={(mayOverrideCredential) => set({ mayOverrideCredential })}
          />
        </div>
        <div className="stack">
          <ConfigField
            label="Config"
            none="none"
            value={terms.config}
            onChange={(config) => set({ config })}
            error={fieldError("defaults.config_id")}
          />
          <CheckField
            label="A request may bring another config"
            checked={terms.mayOverrideConfig}
            onChange={(mayOverrideConfig) => set({ mayOverrideConfig })}
          />
        </div>
      </div>
      <AreaField
        label="Metadata"
        isOptional
        className="mono"
        rows={3}
        value={terms.metadata}
        onChange={(metadata) => set({ metadata })}
        placeholder={"team=billing\nenvironment=production"}
        error={fieldError("defaults.metadata")}
        hint="name=value, one a line: added to each request, and in its log. The key's goes before the request's: callers cannot change it."
      />
    </Panel>
  );
}

const boundFields = [
  {
    name: "allowedModels",
    field: "allowed_models",
    label: "Allowed models",
    hint: "Ids or ARNs, one a line; * stands for any text. Empty: every model.",
    example: "anthropic.claude-*\namazon.nova-*",
  },
  {
    name: "allowedVirtualKeys",
    field: "allowed_virtual_keys",
    label: "Allowed credentials",
    hint: "Slugs, one a line. Empty: all of the project. The server's own are not among those that can be listed.",
    example: "bedrock-production",
  },
  {
    name: "allowedRegions",
    field: "allowed_regions",
    label: "Allowed regions",
    hint: "One a line. Empty: every region.",
    example: "eu-central-1",
  },
  {
    name: "allowedAddresses",
    field: "allowed_addresses",
    label: "Allowed addresses",
    hint: "Addresses or networks that callers come from. Empty: from anywhere.",
    example: "10.0.0.0/8",
  },
] as const;

function BoundFields({ terms, set, fieldError }: PartProps) {
  const isUsed = boundFields.some(({ name }) => terms[name] !== "") || terms.expiresAt !== "";
  return (
    <MoreFields className="panel" isUsed={isUsed} summary="Bounds: models, credentials, regions, addresses, expiry">
      <div className="form-row">
        {boundFields.map(({ name, field, label, hint, example }) => (
          <AreaField
            key={name}
            label={label}
            isOptional
            className="mono"
            rows={3}
            value={terms[name]}
            onChange={(value) => set({ [name]: value })}
            placeholder={example}
            error={fieldError(field)}
            hint={hint}
          />
        ))}
        <TextField
          label="Expires"
          isOptional
          type="datetime-local"
          max={lastMoment}
          value={terms.expiresAt}
          onChange={(expiresAt) => set({ expiresAt })}
          error={fieldError("expires_at")}
          hint="In your own time."
        />
      </div>
    </MoreFields>
  );
}
