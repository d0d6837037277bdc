import { CredentialField } from "../../controls/forms/choice-fields.tsx";
import { SelectField, TextField } from "../../controls/forms/field.tsx";
import { JsonField, NumberField, StatusCodesField } from "../../controls/forms/value-fields.tsx";
import { RegionField } from "../credentials/region-field.tsx";
import { ModelField } from "../models/model-field.tsx";
import {
  credentialOf,
  isPart,
  memberOf,
  modeOf,
  numberIn,
  partIn,
  textIn,
  withCredential,
  withMember,
  type Part,
  type PartProps,
} from "./config-parts.ts";
import { codesIn } from "./strategy-fields.tsx";

interface TargetProps extends PartProps {
  /** Whose target it is; undefined for the root. */
  above: Part | undefined;
  /** Its own targets get from it what they lack. */
  isGroup: boolean;
}

/** Where a call goes, and what it asks. */
export function TargetFields({ part, set, above, isGroup }: TargetProps) {
  const overrides = partIn(part, "override_params");
  const { model, ...others } = overrides;
  const setOverrides = (next: Part) => set(withMember(part, "override_params", next));
  const aboveMode = above === undefined ? undefined : modeOf(above);
  return (
    <>
      {above !== undefined && (
        <div className="form-row">
          <TextField
            label="Name"
            isOptional
            value={textIn(part, "name")}
            onChange={(name) => set(withMember(part, "name", name))}
            hint={aboveMode === "conditional" ? "What the conditions above call it." : undefined}
          />
          {aboveMode === "loadbalance" && (
            <NumberField
              label="Weight"
              isWhole={false}
              placeholder="1"
              value={numberIn(part, "weight")}
              onChange={(weight) => set(withMember(part, "weight", weight))}
            />
          )}
        </div>
      )}
      <div className="form-row">
        <CredentialField
          label="Credential"
          none={isGroup ? "each target's own" : "the request's"}
          value={credentialOf(part)}
          onChange={(slug) => set(withCredential(part, slug))}
        />
        <RegionField
          label="Region"
          isOptional
          value={textIn(part, "aws_region")}
          onChange={(region) => set(withMember(part, "aws_region", region))}
        />
      </div>
      <ModelField
        label="Model"
        isOptional
        value={typeof model === "string" ? model : ""}
        onChange={(name) => setOverrides(withMember(overrides, "model", name))}
        hint="In the place of the one that the request names."
      />
      <JsonField
        label="Other parameters"
        placeholder={'{"max_tokens": 500}'}
        hint="override_params: set in the body, whatever the request says."
        rows={3}
        value={Object.keys(others).length === 0 ? undefined : others}
        onChange={(next) => setOverrides({ ...(model !== undefined && { model }), ...next })}
      />
    </>
  );
}

/** How often, how long, and whether from the cache. */
export function RuleFields({ part, set }: PartProps) {
  const retry = partIn(part, "retry");
  const cache = partIn(part, "cache");
  const setRetry = (name: string, value: number | number[] | undefined) =>
    set(withMember(part, "retry", withMember(retry, name, value)));
  const mode = isPart(memberOf(part, "cache")) ? textIn(cache, "mode") : "";
  return (
    <>
      <div className="form-row">
        <NumberField
          label="Retries"
          most={20}
          placeholder="as usual"
          hint="Tries after the first."
          value={numberIn(retry, "attempts")}
          onChange={(attempts) => setRetry("attempts", attempts)}
        />
        <StatusCodesField
          label="Retried after"
          placeholder="429, 503"
          value={codesIn(retry)}
          onChange={(codes) => setRetry("on_status_codes", codes)}
        />
      </div>
      <div className="form-row">
        <NumberField
          label="Timeout in ms"
          placeholder="none"
          value={numberIn(part, "request_timeout")}
          onChange={(timeout) => set(withMember(part, "request_timeout", timeout))}
        />
        <SelectField
          label="Stored answers"
          value={mode}
          onChange={(next) => set(withMember(part, "cache", next === "" ? undefined : withMember(cache, "mode", next)))}
        >
          <option value="">none</option>
          <option value="simple">to the same request</option>
          {mode === "semantic" && <option value="semantic">semantic (as simple here)</option>}
        </SelectField>
        {mode !== "" && (
          <NumberField
            label="For seconds"
            isWhole={false}
            value={numberIn(cache, "max_age")}
            onChange={(age) => set(withMember(part, "cache", withMember(cache, "max_age", age)))}
          />
        )}
      </div>
    </>
  );
}
