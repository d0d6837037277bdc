/** A person's own password. Whoever gave the first one knows it. */
import { useState } from "react";
import { useControl } from "../api/control.ts";
import { Dialog } from "../controls/dialog.tsx";
import { DialogForm } from "../controls/forms/dialog-form.tsx";
import { NewPasswordField, TextField } from "../controls/forms/field.tsx";
import { errorsByField } from "../controls/forms/field-errors.ts";
import { useSigning } from "../session/session.ts";

export function OwnPassword({ email, isOpen, onClose }: { email: string; isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Change your password" isOpen={isOpen} onClose={onClose}>
      <PasswordForm email={email} onClose={onClose} />
    </Dialog>
  );
}

function PasswordForm({ email, onClose }: { email: string; onClose: () => void }) {
  const control = useControl();
  const signing = useSigning();
  const [password, setPassword] = useState("");
  const [next, setNext] = useState("");
  const save = async () => {
    await control.ask("PUT", "/v1/session/password", { password, new_password: next });
    // All sessions have ended with the old one: this tab gets its own anew.
    await signing.withPassword(email, next);
    return "The password is changed. Whoever was signed in with the old one no longer is.";
  };
  return (
    <DialogForm verb="Change" save={save} onClose={onClose}>
      {(error) => (
        <>
          <TextField
            label="Present password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={setPassword}
          />
          <NewPasswordField
            label="New password"
            required
            value={next}
            onChange={setNext}
            error={errorsByField(error)("new_password")}
            hint="12 characters or more."
          />
        </>
      )}
    </DialogForm>
  );
}
