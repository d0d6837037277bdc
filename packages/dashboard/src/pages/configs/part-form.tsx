/** The fields of one part of a config: what each writes stands in the text at once. */
import type { KeyboardEvent } from "react";
import { Button } from "../../controls/button.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import {
  modeOf,
  modes,
  partAt,
  targetsOf,
  withMovedTarget,
  withoutTarget,
  withPart,
  withStrategy,
  withTarget,
  type Mode,
  type Part,
  type Way,
} from "./config-parts.ts";
import { StrategyFields } from "./strategy-fields.tsx";
import { RuleFields, TargetFields } from "./target-fields.tsx";

interface PartFormProps {
  root: Part;
  way: Way;
  onChange: (root: Part) => void;
  onChoose: (way: Way | undefined) => void;
}

/** Enter in a field changes that field: it does not save the whole config. */
function keepEnter(event: KeyboardEvent): void {
  if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
}

export function PartForm({ root, way, onChange, onChoose }: PartFormProps) {
  const part = partAt(root, way) ?? {};
  const above = way.length === 0 ? undefined : partAt(root, way.slice(0, -1));
  const set = (next: Part) => onChange(withPart(root, way, () => next));
  const isGroup = targetsOf(part).length > 0;
  return (
    <div className="tree-form form" role="group" aria-label="This part" onKeyDown={keepEnter}>
      <SelectField
        label="Goes to"
        value={isGroup ? (modeOf(part) ?? "") : ""}
        onChange={(mode) => set(mode === "" ? part : withStrategy(part, mode as Mode))}
        hint={isGroup ? "One target again: take the others out." : "Several: this target becomes the first of them."}
      >
        <option value="" disabled={isGroup}>
          {isGroup ? "a strategy without a mode" : "one target: this"}
        </option>
        {modes.map((mode) => (
          <option key={mode}>{mode}</option>
        ))}
      </SelectField>
      {isGroup && <StrategyFields part={part} set={set} />}
      <TargetFields part={part} set={set} above={above} isGroup={isGroup} />
      <RuleFields part={part} set={set} />
      <div className="bar">
        {isGroup ? (
          <Button
            icon="plus"
            onClick={() => {
              set(withTarget(part));
              onChoose([...way, targetsOf(part).length]);
            }}
          >
            Add a target
          </Button>
        ) : (
          <span />
        )}
        {above !== undefined && <Moves {...{ root, way, onChange, onChoose }} />}
      </div>
    </div>
  );
}

function Moves({ root, way, onChange, onChoose }: PartFormProps) {
  const index = way.at(-1) ?? 0;
  const up = way.slice(0, -1);
  const last = targetsOf(partAt(root, up) ?? {}).length - 1;
  const move = (to: number) => {
    onChange(withPart(root, up, (part) => withMovedTarget(part, index, to)));
    onChoose([...up, to]);
  };
  const remove = () => {
    onChange(withPart(root, up, (part) => withoutTarget(part, index)));
    onChoose(up);
  };
  return (
    <span className="actions">
      <Button disabled={index === 0} onClick={() => move(index - 1)}>
        Move up
      </Button>
      <Button disabled={index === last} onClick={() => move(index + 1)}>
        Move down
      </Button>
      <Button icon="cross" onClick={remove}>
        Take out
      </Button>
    </span>
  );
}
