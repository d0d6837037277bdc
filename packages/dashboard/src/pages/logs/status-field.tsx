import { SelectField } from "../../controls/forms/field.tsx";

const usual = [
  ["success", "answered"],
  ["error", "failed"],
  ["429", "throttled (429)"],
  ["412", "budget used up (412)"],
] as const;

interface StatusFieldProps {
  value: string;
  onChange: (status: string) => void;
}

/** By which status calls are shown. Any may be in the address, as behind a figure of the analytics: it stands here too, and can be chosen away. */
export function StatusField({ value, onChange }: StatusFieldProps) {
  const isOther = value !== "" && usual.every(([status]) => status !== value);
  return (
    <SelectField label="Status" value={value} onChange={onChange}>
      <option value="">any</option>
      {usual.map(([status, words]) => (
        <option key={status} value={status}>
          {words}
        </option>
      ))}
      {isOther && <option value={value}>{value}</option>}
    </SelectField>
  );
}
