/** Rows of a connector's form: what goes into the request, and what is taken out of the answer. */
import { Button } from "../../controls/button.tsx";
import { CheckField, SelectField, TextField } from "../../controls/forms/field.tsx";
import type { InputRow, OutputRow } from "./connector-terms.ts";

const types = ["string", "number", "integer", "float", "boolean", "array", "object"] as const;

function TypeField({ type, onChange }: { type: string; onChange: (type: string) => void }) {
  return (
    <SelectField label="Type" value={type} onChange={onChange}>
      <option value="">as it is</option>
      {types.map((one) => (
        <option key={one}>{one}</option>
      ))}
    </SelectField>
  );
}

interface RowsProps<Row> {
  rows: readonly Row[];
  onChange: (rows: readonly Row[]) => void;
  /** By the index and the name of a field, as the gateway names them. */
  rowError: (index: number, field: string) => string | undefined;
}

function withRow<Row>(rows: readonly Row[], index: number, part: Partial<Row>): Row[] {
  return rows.map((row, place) => (place === index ? { ...row, ...part } : row));
}

export function InputRows({ rows, onChange, rowError }: RowsProps<InputRow>) {
  return (
    <div className="stack">
      {rows.map((row, index) => (
        <div className="mapping-row" key={index} role="group" aria-label={`Input ${index + 1}`}>
          <TextField
            label="Place in the request"
            className="mono"
            required
            placeholder="messages.0.content.0.text"
            value={row.name}
            onChange={(name) => onChange(withRow(rows, index, { name }))}
            error={rowError(index, "name")}
          />
          <TextField
            label="Value"
            className="mono"
            placeholder="Summarise: {{doc}}"
            value={row.value}
            onChange={(value) => onChange(withRow(rows, index, { value, isNull: false }))}
            error={rowError(index, "value")}
          />
          <TypeField type={row.type} onChange={(type) => onChange(withRow(rows, index, { type }))} />
          <RemoveRow what={`input ${index + 1}`} onRemove={() => onChange(rows.filter((_row, at) => at !== index))} />
          <CheckField
            label="The value is the name of one in the caller's data"
            checked={row.isDynamic}
            onChange={(isDynamic) => onChange(withRow(rows, index, { isDynamic }))}
          />
        </div>
      ))}
      <div>
        <Button icon="plus" onClick={() => onChange([...rows, { name: "", type: "", value: "", isDynamic: false }])}>
          Add an input
        </Button>
      </div>
    </div>
  );
}

export function OutputRows({ rows, onChange, rowError }: RowsProps<OutputRow>) {
  return (
    <div className="stack">
      {rows.map((row, index) => (
        <div className="mapping-row" key={index} role="group" aria-label={`Output ${index + 1}`}>
          <TextField
            label="Name"
            className="mono"
            required
            placeholder="summary"
            value={row.name}
            onChange={(name) => onChange(withRow(rows, index, { name }))}
            error={rowError(index, "name")}
          />
          <TextField
            label="JSONPath in the answer"
            className="mono"
            required
            placeholder="$.output.message.content[*].text"
            value={row.path}
            onChange={(path) => onChange(withRow(rows, index, { path }))}
            error={rowError(index, "path")}
          />
          <TypeField type={row.type} onChange={(type) => onChange(withRow(rows, index, { type }))} />
          <RemoveRow what={`output ${index + 1}`} onRemove={() => onChange(rows.filter((_row, at) => at !== index))} />
        </div>
      ))}
      <div>
        <Button icon="plus" onClick={() => onChange([...rows, { name: "", type: "", path: "" }])}>
          Add an output
        </Button>
      </div>
    </div>
  );
}

function RemoveRow({ what, onRemove }: { what: string; onRemove: () => void }) {
  return (
    <Button variant="quiet" icon="cross" aria-label={`Remove ${what}`} onClick={onRemove} className="row-remove" />
  );
}
