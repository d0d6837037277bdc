import { useState } from "react";
import { Button } from "../../controls/button.tsx";
import { TextField } from "../../controls/forms/field.tsx";
import { useAct } from "../../controls/act.ts";
import { ErrorPanel } from "../../controls/states.tsx";
import { useSigning } from "../../session/session.ts";
import { Form } from "../../controls/forms/form.tsx";

interface PasswordFormProps {
  /** The address of whoever signs in again. */
  startsWith?: string;
  /** Undefined where there is an account already. */
  onFirstTime?: () => void;
}

export function PasswordForm({ startsWith = "", onFirstTime }: PasswordFormProps) {
  const signing = useSigning();
  const [email, setEmail] = useState(startsWith);
  const [password, setPassword] = useState("");
  const { run, error, isBusy } = useAct(() => signing.withPassword(email, password));
  return (
    <Form className="form" onSubmit={run}>
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        required
        value={email}
        onChange={setEmail}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={setPassword}
      />
      {error !== undefined && <ErrorPanel error={error} />}
      <Button type="submit" variant="primary" isBusy={isBusy}>
        Sign in
      </Button>
      {onFirstTime !== undefined && (
        <p className="hint">
          First time here?{" "}
          <button type="button" className="link" onClick={onFirstTime}>
            Make the first account with the admin key
          </button>
          .
        </p>
      )}
    </Form>
  );
}
