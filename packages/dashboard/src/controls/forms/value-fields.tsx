/** Fields of numbers, lists and JSON that are kept as such, not as the text that is typed. Empty means none. */
import { useDraft, type Reading } from "./draft.ts";
import { exactJson } from "./exact-json.ts";
import { AreaField, TextField } from "./field.tsx";
import { listIn } from "./form-text.ts";

interface ValueProps<Value> {
  label: string;
  value: Value | undefined;
  onChange: (value: Value | undefined) => void;
  hint?: string;
  placeholder?: string;
}

interface NumberProps extends ValueProps<number> {
  /** True where a part of one makes no sense. */
  isWhole?: boolean;
  most?: number;
}

export function NumberField({ label, value, onChange, hint, placeholder, isWhole = true, most }: NumberProps) {
  const read = (text: string): Reading<number> => {
    if (text.trim() === "") return { value: undefined };
    const number = Number(text);
    const fits = (isWhole ? Number.isInteger(number) : Number.isFinite(number)) && number >= 0;
    if (!fits) return { fault: isWhole ? "It must be a whole number." : "It must be a number." };
    return most !== undefined && number > most ? { fault: `It must be ${most} at most.` } : { value: number };
  };
  const { text, fault, write } = useDraft({
    value,
    textOf: (one) => (one === undefined ? "" : String(one)),
    read,
    onChange,
  });
  return (
    <TextField
      label={label}
      isOptional
      inputMode={isWhole ? "numeric" : "decimal"}
      {...{ placeholder, hint }}
      value={text}
      onChange={write}
      error={fault}
    />
  );
}

export function StatusCodesField(props: ValueProps<number[]>) {
  const { label, value, onChange, hint, placeholder } = props;
  const read = (text: string): Reading<number[]> => {
    const codes = listIn(text)?.map(Number);
    const isGood = codes?.every((code) => Number.isInteger(code) && code >= 100 && code <= 599) !== false;
    return isGood ? { value: codes } : { fault: "They must be statuses from 100 to 599, by commas." };
  };
  const { text, fault, write } = useDraft({ value, textOf: (codes) => (codes ?? []).join(", "), read, onChange });
  return (
    <TextField
      label={label}
      isOptional
      className="mono"
      {...{ placeholder, hint }}
      value={text}
      onChange={write}
      error={fault}
    />
  );
}

type Members = Record<string, unknown>;

interface JsonProps extends ValueProps<Members> {
  rows?: number;
}

export function JsonField({ label, value, onChange, hint, placeholder, rows = 4 }: JsonProps) {
  const { text, fault, write } = useDraft({ value, textOf: indentedText, read: readMembers, onChange });
  return (
    <AreaField
      label={label}
      isOptional
      className="mono"
      {...{ rows, placeholder, hint }}
      value={text}
      onChange={write}
      error={fault}
    />
  );
}

const indentedText = (value: Members | undefined) => (value === undefined ? "" : JSON.stringify(value, undefined, 2));

function readMembers(text: string): Reading<Members> {
  if (text.trim() === "") return { value: undefined };
  try {
    const read = exactJson(text);
    return typeof read === "object" && read !== null && !Array.isArray(read)
      ? { value: read as Members }
      : { fault: "It must be a JSON object." };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : "It is no JSON." };
  }
}
