import { AreaField, TextField } from "../../controls/forms/field.tsx";
import type { Kind } from "./kinds.ts";
import type { Terms } from "./terms.ts";

interface AttributionProps {
  kind: Kind;
  terms: Terms;
  set: (part: Partial<Terms>) => void;
  fieldError: (field: string) => string | undefined;
}

const sources = "From: key (the gateway key's name), project (its slug), or metadata.FIELD of the request.";

/** What calls tell AWS of whom they are for: its bill and its logs can be split by that. */
export function AttributionFields({ kind, terms, set, fieldError }: AttributionProps) {
  return (
    <>
      <div className="form-row">
        <AreaField
          label="Request metadata"
          isOptional
          className="mono"
          rows={3}
          value={terms.requestMetadata}
          onChange={(requestMetadata) => set({ requestMetadata })}
          placeholder={"app=key\nteam=metadata.team"}
          error={fieldError("attribution.request_metadata")}
          hint={`name=source, one a line: in Bedrock's invocation log. ${sources}`}
        />
        {kind === "assumed_role" && (
          <AreaField
            label="Session tags"
            isOptional
            className="mono"
            rows={3}
            value={terms.sessionTags}
            onChange={(sessionTags) => set({ sessionTags })}
            placeholder="project=project"
            error={fieldError("attribution.session_tags")}
            hint="name=source, one a line: cost allocation tags, in CloudTrail, for conditions of policies. Choose what has few values."
          />
        )}
      </div>
      {kind === "assumed_role" && (
        <TextField
          label="Session name"
          isOptional
          className="mono"
          value={terms.sessionName}
          onChange={(sessionName) => set({ sessionName })}
          placeholder="key"
          error={fieldError("attribution.session_name")}
          hint="Its source: the caller's ARN in CloudTrail and in the cost and usage report."
        />
      )}
    </>
  );
}
