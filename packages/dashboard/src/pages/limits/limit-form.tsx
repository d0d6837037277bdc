/** A budget or a rate limit, new or changed. What it is for and in which unit it counts stays as it was made. */
import { useState } from "react";
import { answerOf, useControl, type Control } from "../../api/control.ts";
import { CredentialField, KeyField } from "../../controls/forms/choice-fields.tsx";
import { changedIn } from "../../controls/forms/changed-in.ts";
import { DialogForm } from "../../controls/forms/dialog-form.tsx";
import { SelectField, TextField } from "../../controls/forms/field.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";
import {
  kinds,
  periodWords,
  scopeWords,
  type Budget,
  type Kind,
  type Limit,
  type RateLimit,
  type Scope,
} from "./kinds.ts";

interface Terms {
  name: string;
  scope: Scope;
  scopeId: string;
  scopeValue: string;
  unit: Limit["unit"];
  amount: string;
  period: Limit["period"];
  /** Of one window, for the period `days`. */
  days: string;
  unknownPrice: "block" | "allow";
}

function termsOf(kind: Kind, limit: Limit | undefined): Terms {
  const { units, usualPeriod } = kinds[kind];
  if (limit === undefined) {
    const [unit] = units;
    return {
      name: "",
      scope: "project",
      scopeId: "",
      scopeValue: "",
      unit: unit?.value ?? "tokens",
      amount: "",
      period: usualPeriod,
      days: "",
      unknownPrice: "block",
    };
  }
  const { name, scope, scope_id, scope_value, unit, amount, period } = limit;
  const unknownPrice = "unknown_price" in limit ? limit.unknown_price : "block";
  return {
    name,
    scope,
    scopeId: scope_id,
    scopeValue: scope_value ?? "",
    unit,
    amount,
    period,
    days: "",
    unknownPrice,
  };
}

interface LimitFormProps {
  kind: Kind;
  limit?: Limit;
  onClose: () => void;
}

export function LimitForm({ kind, limit, onClose }: LimitFormProps) {
  const control = useControl();
  const { project } = useProject();
  const [opened] = useState(() => termsOf(kind, limit));
  const [terms, setTerms] = useState(opened);
  const set = (part: Partial<Terms>) => setTerms({ ...terms, ...part });
  const save = async () => {
    await (limit === undefined
      ? create(control, kind, terms, project.id)
      : update(control, kind, { terms, opened }, limit.id));
    return "Saved. It counts at once.";
  };
  return (
    <DialogForm save={save} onClose={onClose}>
      {(error) => {
        const props = { kind, terms, set, fieldError: errorsByField(error) };
        return (
          <>
            <TextField
              label="Name"
              required
              value={terms.name}
              onChange={(name) => set({ name })}
              error={props.fieldError("name")}
            />
            {limit === undefined && <PlaceFields {...props} />}
            <AmountFields {...props} />
          </>
        );
      }}
    </DialogForm>
  );
}

function AmountFields({ kind, terms, set, fieldError }: PlaceProps) {
  const isCost = terms.unit === "cost";
  return (
    <>
      <TextField
        label={isCost ? "Dollars" : `How many ${terms.unit}`}
        required
        inputMode="decimal"
        placeholder={isCost ? "10.00" : "100000"}
        value={terms.amount}
        onChange={(amount) => set({ amount })}
        error={fieldError("amount")}
        hint={isCost ? "To the nano-dollar, if need be." : undefined}
      />
      {kind === "budget" && isCost && (
        <SelectField
          label="Calls whose price is not known"
          value={terms.unknownPrice}
          onChange={(value) => set({ unknownPrice: value as Terms["unknownPrice"] })}
          hint="Unknown is not 0: let through, they are counted beside the sum."
        >
          <option value="block">are refused</option>
          <option value="allow">go through</option>
        </SelectField>
      )}
    </>
  );
}

interface PlaceProps {
  kind: Kind;
  terms: Terms;
  set: (part: Partial<Terms>) => void;
  fieldError: (field: string) => string | undefined;
}

function PlaceFields({ kind, terms, set, fieldError }: PlaceProps) {
  const { units, periods } = kinds[kind];
  return (
    <>
      <SelectField
        label="For"
        value={terms.scope}
        onChange={(scope) => set({ scope: scope as Scope, scopeId: "", scopeValue: "" })}
      >
        {Object.entries(scopeWords).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </SelectField>
      <ScopeFields {...{ kind, terms, set, fieldError }} />
      <div className="form-row">
        <SelectField label="Counts" value={terms.unit} onChange={(unit) => set({ unit: unit as Limit["unit"] })}>
          {units.map(({ value, words }) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="In"
          value={terms.period}
          onChange={(period) => set({ period: period as Limit["period"] })}
          hint="Windows are UTC's."
        >
          {periods.map((period) => (
            <option key={period} value={period}>
              {periodWords[period]}
            </option>
          ))}
        </SelectField>
        {terms.period === "days" && (
          <TextField
            label="Days"
            required
            inputMode="numeric"
            value={terms.days}
            onChange={(days) => set({ days })}
            hint="The first window begins today."
            error={fieldError("period_days")}
          />
        )}
      </div>
    </>
  );
}

function ScopeFields({ terms, set, fieldError }: PlaceProps) {
  if (terms.scope === "project") return null;
  if (terms.scope === "metadata") {
    return (
      <div className="form-row">
        <TextField
          label="Field"
          required
          placeholder="_user"
          value={terms.scopeId}
          onChange={(scopeId) => set({ scopeId })}
          error={fieldError("scope_id")}
        />
        <TextField
          label="Value"
          isOptional
          value={terms.scopeValue}
          onChange={(scopeValue) => set({ scopeValue })}
          hint="Empty: each value has a count of its own."
        />
      </div>
    );
  }
  return <ObjectField terms={terms} set={set} fieldError={fieldError} />;
}

/** Which key, or which credential. */
function ObjectField({ terms, set, fieldError }: Omit<PlaceProps, "kind">) {
  const field = {
    none: "choose",
    required: true,
    value: terms.scopeId,
    onChange: (scopeId: string) => set({ scopeId }),
    error: fieldError("scope_id"),
  };
  return terms.scope === "gateway_key" ? (
    <KeyField label="Which key" {...field} />
  ) : (
    <CredentialField label="Which credential" {...field} />
  );
}

async function create(control: Control, kind: Kind, terms: Terms, projectId: string): Promise<void> {
  const params = { query: { workspace_id: projectId } };
  const { name, scope, scopeId, scopeValue, amount, unit, period, days, unknownPrice } = terms;
  const common = {
    name,
    scope,
    amount: amount.trim(),
    ...(scopeId !== "" && { scope_id: scopeId }),
    ...(scopeValue !== "" && { scope_value: scopeValue }),
  };
  if (kind === "budget") {
    const body = {
      ...common,
      unit: unit as Budget["unit"],
      period: period as Budget["period"],
      ...(period === "days" && { period_days: Number(days) }),
      ...(unit === "cost" && { unknown_price: unknownPrice }),
    };
    await answerOf(control.api.POST("/v1/budgets", { params, body }));
    return;
  }
  const body = { ...common, unit: unit as RateLimit["unit"], period: period as RateLimit["period"] };
  await answerOf(control.api.POST("/v1/rate-limits", { params, body }));
}

function bodyOf(kind: Kind, { name, amount, unit, unknownPrice }: Terms) {
  return {
    name,
    amount: amount.trim(),
    ...(kind === "budget" && unit === "cost" && { unknown_price: unknownPrice }),
  };
}

async function update(
  control: Control,
  kind: Kind,
  { terms, opened }: { terms: Terms; opened: Terms },
  id: string,
): Promise<void> {
  const body = changedIn(bodyOf(kind, terms), bodyOf(kind, opened));
  if (kind === "budget") {
    await answerOf(control.api.PUT("/v1/budgets/{budget}", { params: { path: { budget: id } }, body }));
    return;
  }
  await answerOf(control.api.PUT("/v1/rate-limits/{rate_limit}", { params: { path: { rate_limit: id } }, body }));
}
