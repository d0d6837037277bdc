/** What signs a connector's calls. */
import { CredentialField } from "../../controls/forms/choice-fields.tsx";
import { SelectField, TextField } from "../../controls/forms/field.tsx";
import type { ConnectorTerms, Signing } from "./connector-terms.ts";

export interface TermsProps {
  terms: ConnectorTerms;
  set: (part: Partial<ConnectorTerms>) => void;
  fieldError: (field: string) => string | undefined;
}

const ways: readonly { value: Signing; words: string }[] = [
  { value: "stored", words: "a stored credential" },
  { value: "keys", words: "access keys of its own" },
  { value: "api-key", words: "a Bedrock API key of its own" },
  { value: "role", words: "an IAM role" },
  { value: "server", words: "what the server has" },
];

export function SigningFields({ terms, set, fieldError, isStored }: TermsProps & { isStored: boolean }) {
  return (
    <>
      <SelectField
        label="Signed with"
        value={terms.signing}
        onChange={(signing) => set({ signing: signing as Signing })}
        hint="Secrets are sealed and never shown again. A stored credential is changed in one place for all that use it."
      >
        {isStored && <option value="as-is">as before</option>}
        {ways.map(({ value, words }) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </SelectField>
      <WayFields {...{ terms, set, fieldError }} />
    </>
  );
}

interface SecretField {
  field: "accessKey" | "secretAccessKey" | "sessionToken" | "apiKey" | "roleArn";
  apiName: string;
  label: string;
  hint: string;
  isSecret?: boolean;
  isOptional?: boolean;
}

const fieldsOf: Partial<Record<Signing, readonly SecretField[]>> = {
  keys: [
    {
      field: "accessKey",
      apiName: "access_key",
      label: "Access Key ID",
      hint: "AWS console: IAM > Users > the user > Security credentials > Access keys.",
    },
    {
      field: "secretAccessKey",
      apiName: "secret_access_key",
      label: "Secret Access Key",
      hint: "AWS shows it once, when the access key is made.",
      isSecret: true,
    },
    {
      field: "sessionToken",
      apiName: "session_token",
      label: "Session Token",
      hint: "Only beside temporary keys.",
      isSecret: true,
      isOptional: true,
    },
  ],
  "api-key": [
    {
      field: "apiKey",
      apiName: "api_key",
      label: "Bedrock API Key",
      hint: "AWS console: Amazon Bedrock > API keys.",
      isSecret: true,
    },
  ],
  role: [{ field: "roleArn", apiName: "role_arn", label: "Role ARN", hint: "IAM > Roles > the role > Summary > ARN." }],
};

function WayFields({ terms, set, fieldError }: TermsProps) {
  if (terms.signing === "stored") {
    return (
      <CredentialField
        label="Stored credential"
        none="none: the server's own"
        value={terms.virtualKey}
        onChange={(virtualKey) => set({ virtualKey })}
        error={fieldError("virtual_key")}
      />
    );
  }
  return (
    <div className="form-row">
      {(fieldsOf[terms.signing] ?? []).map(({ field, apiName, label, hint, isSecret, isOptional }) => (
        <TextField
          key={field}
          label={label}
          hint={hint}
          className="mono"
          type={isSecret === true ? "password" : "text"}
          autoComplete={isSecret === true ? "new-password" : "off"}
          required={isOptional !== true}
          isOptional={isOptional ?? false}
          value={terms[field]}
          onChange={(value) => set({ [field]: value })}
          error={fieldError(apiName)}
        />
      ))}
    </div>
  );
}
