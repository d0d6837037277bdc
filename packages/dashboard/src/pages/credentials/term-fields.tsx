import { AreaField, TextField } from "../../controls/forms/field.tsx";
import { lastMoment } from "../../controls/forms/form-text.ts";
import { MoreFields } from "../../controls/forms/more-fields.tsx";
import { AttributionFields } from "./attribution-fields.tsx";
import type { Kind } from "./kinds.ts";
import type { Terms } from "./terms.ts";

interface TermFieldsProps {
  kind: Kind;
  /** True: the rest is what its integration says. */
  isOwnEndAlone?: boolean;
  terms: Terms;
  onChange: (terms: Terms) => void;
  fieldError: (field: string) => string | undefined;
}

export function TermFields({ kind, isOwnEndAlone = false, terms, onChange, fieldError }: TermFieldsProps) {
  const set = (part: Partial<Terms>) => onChange({ ...terms, ...part });
  const parts = { kind, terms, set, fieldError };
  if (isOwnEndAlone) return <EndFields {...parts} />;
  return (
    <MoreFields
      className="panel"
      isUsed={Object.values(terms).some((value) => value !== "")}
      summary="Bounds and attribution: models, regions, expiry, a note, what AWS is told"
    >
      <div className="form">
        <BoundFields {...parts} />
        <EndFields {...parts} />
        {kind !== "openai_compatible" && <AttributionFields {...parts} />}
      </div>
    </MoreFields>
  );
}

type PartProps = Pick<TermFieldsProps, "terms" | "fieldError"> & { set: (part: Partial<Terms>) => void };

function BoundFields({ terms, set, fieldError }: PartProps) {
  return (
    <div className="form-row">
      <AreaField
        label="Allowed models"
        isOptional
        className="mono"
        rows={3}
        value={terms.allowedModels}
        onChange={(allowedModels) => set({ allowedModels })}
        placeholder={"anthropic.claude-*\namazon.nova-*"}
        error={fieldError("allowed_models")}
        hint="Ids or ARNs, one a line; * stands for any text. Empty: every model."
      />
      <AreaField
        label="Allowed regions"
        isOptional
        className="mono"
        rows={3}
        value={terms.allowedRegions}
        onChange={(allowedRegions) => set({ allowedRegions })}
        placeholder={"us-east-1\nus-west-2"}
        error={fieldError("allowed_regions")}
        hint="One a line. Empty: every region."
      />
    </div>
  );
}

function EndFields({ terms, set, fieldError }: PartProps) {
  return (
    <div className="form-row">
      <TextField
        label="Expires"
        isOptional
        type="datetime-local"
        max={lastMoment}
        value={terms.expiresAt}
        onChange={(expiresAt) => set({ expiresAt })}
        error={fieldError("expires_at")}
        hint="In your own time. From then on it signs nothing."
      />
      <TextField
        label="Note"
        isOptional
        value={terms.note}
        onChange={(note) => set({ note })}
        error={fieldError("note")}
        hint="Whose it is, who rotates it."
      />
    </div>
  );
}
