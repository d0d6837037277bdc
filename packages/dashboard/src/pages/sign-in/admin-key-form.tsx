/** The admin key opens the door once: whoever has it makes the first account, and signs in with that from then on. */
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { NewPasswordField, TextField } from "../../controls/forms/field.tsx";
import { Callout, ErrorPanel } from "../../controls/states.tsx";
import { useSigning } from "../../session/session.ts";
import { Form } from "../../controls/forms/form.tsx";

export function AdminKeyForm() {
  const [isFirst, setIsFirst] = useState(false);
  return isFirst ? <FirstAccountForm /> : <KeyForm onFirst={() => setIsFirst(true)} />;
}

function KeyForm({ onFirst }: { onFirst: () => void }) {
  const control = useControl();
  const signing = useSigning();
  const [key, setKey] = useState("");
  const { run, error, isBusy } = useAct(async () => {
    await signing.withAdminKey(key.trim());
    const people = await answerOf(control.api.GET("/v1/people", { params: { query: { limit: 1 } } }));
    if (people.total === 0) onFirst();
    else await signing.settle();
  });
  return (
    <Form className="form" onSubmit={run}>
      <TextField
        label="Admin key"
        type="password"
        name="admin-key"
        required
        value={key}
        onChange={setKey}
        hint={
          <>
            In <code>ADIT_ADMIN_KEY</code>, or in the file <code>admin-key</code> of the data folder:{" "}
            <code>cat data/admin-key</code>. It is kept in this tab's memory and nowhere else.
          </>
        }
      />
      {error !== undefined && <ErrorPanel error={error} />}
      <Button type="submit" variant="primary" isBusy={isBusy}>
        Continue
      </Button>
    </Form>
  );
}

function FirstAccountForm() {
  const control = useControl();
  const signing = useSigning();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const make = useAct(async () => {
    await answerOf(control.api.POST("/v1/people", { body: { name, email, password, role: "admin" } }));
    await signing.withPassword(email, password);
  });
  const skip = useAct(() => signing.settle());
  return (
    <Form className="form" onSubmit={make.run}>
      <Callout kind="good">
        The key is right, and nobody has an account yet. Make yours: it is an admin of the gateway.
      </Callout>
      <TextField label="Your name" name="name" autoComplete="name" required value={name} onChange={setName} />
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        required
        value={email}
        onChange={setEmail}
      />
      <NewPasswordField
        label="Password"
        name="password"
        required
        value={password}
        onChange={setPassword}
        hint="12 characters or more."
      />
      {make.error !== undefined && <ErrorPanel error={make.error} />}
      <Button type="submit" variant="primary" isBusy={make.isBusy}>
        Make the account and sign in
      </Button>
      <Button variant="quiet" onClick={skip.run} isBusy={skip.isBusy}>
        Go on with the admin key alone
      </Button>
    </Form>
  );
}
