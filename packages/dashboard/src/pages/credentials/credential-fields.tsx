import { TextField } from "../../controls/forms/field.tsx";
import { kindForms, type Kind, type KindForm } from "./kinds.ts";
import { RegionField, regionHint } from "./region-field.tsx";

export function KindChoice({ kind, onChange }: { kind: Kind; onChange: (kind: Kind) => void }) {
  return (
    <fieldset>
      <legend className="hidden">Kind of credential</legend>
      <div className="choices">
        {kindForms.map(({ kind: value, title, when }) => (
          <label key={value} className="choice">
            <input type="radio" name="kind" value={value} checked={kind === value} onChange={() => onChange(value)} />
            <span>
              <strong>{title}</strong>
              <small>{when}</small>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface CredentialFieldsProps {
  form: KindForm;
  credential: Record<string, string>;
  setCredential: (credential: Record<string, string>) => void;
  region?: string;
  setRegion?: (region: string) => void;
  fieldError: (field: string) => string | undefined;
}

/** The fields of one kind, each with its help. Secrets are asked for as passwords, so that no browser keeps them in a list. */
export function CredentialFields({
  form,
  credential,
  setCredential,
  region,
  setRegion,
  fieldError,
}: CredentialFieldsProps) {
  return (
    <>
      {form.fields.map(({ name, label, hint, isSecret, isOptional, placeholder }) => (
        <TextField
          key={name}
          label={label}
          hint={hint}
          className="mono"
          type={isSecret === true ? "password" : "text"}
          autoComplete={isSecret === true ? "new-password" : "off"}
          required={isOptional !== true}
          isOptional={isOptional ?? false}
          placeholder={placeholder}
          value={credential[name] ?? ""}
          onChange={(value) => setCredential({ ...credential, [name]: value })}
          error={fieldError(name)}
        />
      ))}
      {form.fields.length === 0 && (
        <p className="soft">Nothing to fill in: the gateway asks AWS's default chain, as AWS's own SDKs do.</p>
      )}
      {form.hasRegion && region !== undefined && setRegion !== undefined && (
        <>
          <RegionField
            label="Region"
            isOptional
            value={region}
            onChange={setRegion}
            error={fieldError("region") ?? fieldError("aws_region")}
            hint={regionHint}
          />
        </>
      )}
    </>
  );
}
