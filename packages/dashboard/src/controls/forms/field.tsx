/** Fields of forms: a label, the control, what helps to fill it in, and what is wrong with it. */
import { useId, type ComponentProps, type ReactNode } from "react";

interface FieldProps {
  label: string;
  /** Where to find the value, what it does. */
  hint?: ReactNode;
  error?: string | undefined;
  isOptional?: boolean;
}

interface Described {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

export function Field({
  label,
  hint,
  error,
  isOptional,
  children,
}: FieldProps & { children: (given: Described) => ReactNode }) {
  const id = useId();
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  const errorId = error === undefined ? undefined : `${id}-error`;
  const described = [hintId, errorId].filter((one) => one !== undefined).join(" ");
  return (
    <div className={error === undefined ? "field" : "field field-wrong"}>
      <label htmlFor={id}>
        {label}
        {isOptional === true && <span className="optional"> optional</span>}
      </label>
      {children({
        id,
        "aria-describedby": described === "" ? undefined : described,
        "aria-invalid": error === undefined ? undefined : true,
      })}
      {error !== undefined && (
        <p className="field-error" id={errorId}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p className="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

type Changed<Element extends "input" | "select" | "textarea"> = Omit<ComponentProps<Element>, "onChange" | "value"> & {
  value: string;
  onChange: (value: string) => void;
};

export function TextField({ label, hint, error, isOptional, onChange, ...rest }: FieldProps & Changed<"input">) {
  return (
    <Field {...{ label, hint, error, isOptional: isOptional ?? false }}>
      {(given) => (
        <input
          autoComplete="off"
          spellCheck={false}
          {...rest}
          {...given}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A password that is being chosen. */
export function NewPasswordField(props: FieldProps & Changed<"input">) {
  return <TextField {...props} type="password" autoComplete="new-password" minLength={12} />;
}

export function AreaField({ label, hint, error, isOptional, onChange, ...rest }: FieldProps & Changed<"textarea">) {
  return (
    <Field {...{ label, hint, error, isOptional: isOptional ?? false }}>
      {(given) => (
        <textarea
          rows={4}
          spellCheck={false}
          {...rest}
          {...given}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  error,
  isOptional,
  onChange,
  children,
  ...rest
}: FieldProps & Changed<"select">) {
  return (
    <Field {...{ label, hint, error, isOptional: isOptional ?? false }}>
      {(given) => (
        <select {...rest} {...given} onChange={(event) => onChange(event.currentTarget.value)}>
          {children}
        </select>
      )}
    </Field>
  );
}

export function CheckField(props: {
  label: string;
  hint?: ReactNode;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  const { label, hint, checked, disabled, onChange } = props;
  return (
    <div className="check-field">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <p className="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
