import { Button } from "../../controls/button.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import { JsonField, StatusCodesField } from "../../controls/forms/value-fields.tsx";
import {
  isPart,
  memberOf,
  modeOf,
  partIn,
  targetsOf,
  textIn,
  withMember,
  type Part,
  type PartProps,
} from "./config-parts.ts";

/** What a strategy has beside its mode and its targets. */
export function StrategyFields({ part, set }: PartProps) {
  const strategy = partIn(part, "strategy");
  const setStrategy = (next: Part) => set({ ...part, strategy: next });
  const mode = modeOf(part);
  if (mode === "fallback") {
    return (
      <StatusCodesField
        label="Goes on after"
        placeholder="429, 500, 502, 503, 504"
        hint="Statuses, by commas. Empty: after all that are no 2xx."
        value={codesIn(strategy)}
        onChange={(codes) => setStrategy(withMember(strategy, "on_status_codes", codes))}
      />
    );
  }
  if (mode === "conditional") return <ConditionFields part={part} strategy={strategy} onChange={setStrategy} />;
  if (mode === "loadbalance") return <p className="hint">Each target has a weight among its own fields.</p>;
  return null;
}

export function codesIn(part: Part): number[] | undefined {
  const codes = memberOf(part, "on_status_codes");
  return Array.isArray(codes) ? codes.filter((code): code is number => typeof code === "number") : undefined;
}

interface ConditionProps {
  part: Part;
  strategy: Part;
  onChange: (strategy: Part) => void;
}

function ConditionFields({ part, strategy, onChange }: ConditionProps) {
  const names = targetsOf(part).flatMap((target) => (isPart(target) ? [textIn(target, "name")] : []));
  const given = memberOf(strategy, "conditions");
  const conditions = Array.isArray(given) ? given.map((one) => (isPart(one) ? one : {})) : [];
  const setConditions = (next: Part[]) =>
    onChange(withMember(strategy, "conditions", next.length === 0 ? undefined : next));
  const put = (index: number, next: Part) =>
    setConditions(conditions.map((one, place) => (place === index ? next : one)));
  return (
    <>
      {conditions.map((condition, index) => (
        <fieldset key={index} className="form">
          <legend>Condition {index + 1}</legend>
          <JsonField
            label="If"
            placeholder={'{"metadata.plan": {"$eq": "paid"}}'}
            hint="Asks metadata.NAME, params.PATH or url.pathname by $eq, $in, $gt, $regex, $and, $or ..."
            value={isPart(condition["query"]) ? condition["query"] : undefined}
            onChange={(query) => put(index, withQuery(condition, query))}
          />
          <NameField
            label="Then"
            names={names}
            value={textIn(condition, "then")}
            onChange={(name) => put(index, withMember(condition, "then", name))}
          />
          <div>
            <Button icon="cross" onClick={() => setConditions(conditions.filter((_one, place) => place !== index))}>
              Take condition {index + 1} out
            </Button>
          </div>
        </fieldset>
      ))}
      <div>
        <Button
          icon="plus"
          onClick={() =>
            setConditions([
              ...conditions,
              withMember(
                { query: {} },
                "then",
                names.find((name) => name !== ""),
              ),
            ])
          }
        >
          Add a condition
        </Button>
      </div>
      <NameField
        label="Else"
        names={names}
        value={textIn(strategy, "default")}
        onChange={(name) => onChange(withMember(strategy, "default", name))}
      />
    </>
  );
}

/** An emptied field is a condition without a query, which the gateway names: `{}` in its place would stand before what is typed next. */
function withQuery(condition: Part, query: Part | undefined): Part {
  if (query !== undefined) return { ...condition, query };
  const { query: _gone, ...rest } = condition;
  return rest;
}

interface NameFieldProps {
  label: string;
  names: readonly string[];
  value: string;
  onChange: (name: string) => void;
}

function NameField({ label, names, value, onChange }: NameFieldProps) {
  const named = [...new Set([...names, value])].filter((name) => name !== "");
  return (
    <SelectField
      label={label}
      value={value}
      onChange={onChange}
      hint={named.length === 0 ? "The targets have no names yet: give each one among its own fields." : undefined}
    >
      <option value="">none</option>
      {named.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </SelectField>
  );
}
