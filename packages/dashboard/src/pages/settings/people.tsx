/** Who may sign in, and what they may do in the whole gateway. */
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { changedIn } from "../../controls/forms/changed-in.ts";
import { DialogForm, DialogList, RowActions } from "../../controls/forms/dialog-form.tsx";
import { NewPasswordField, SelectField, TextField } from "../../controls/forms/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Moment, Status } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
import type { Role } from "../../session/session.ts";
import { useSignedIn } from "../../session/session.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";
import { RoleField } from "./role-field.tsx";

type Person = Schemas["Person"];

const columns: readonly Column<Person>[] = [
  {
    title: "Name",
    cell: ({ name, email }) => (
      <span className="name-cell">
        <strong>{name}</strong>
        <small>{email}</small>
      </span>
    ),
  },
  { title: "In the gateway", cell: ({ role }) => role },
  {
    title: "In projects",
    cell: ({ role, projects }) =>
      role === "admin"
        ? "admin in all"
        : `${Object.keys(projects).length} ${Object.keys(projects).length === 1 ? "project" : "projects"}`,
  },
  { title: "Status", cell: ({ status }) => <Status status={status} /> },
  {
    title: "Last sign-in",
    cell: ({ last_sign_in_at }) =>
      last_sign_in_at === null ? <span className="soft">never</span> : <Moment at={last_sign_in_at} isRelative />,
  },
  { title: "Change", cell: (person) => <PersonActions person={person} /> },
];

export function People() {
  const control = useControl();
  const list = useLongList(["people"], (after) =>
    answerOf(
      control.api.GET("/v1/people", { params: { query: { limit: 50, ...(after !== undefined && { after }) } } }),
    ),
  );
  return (
    <DialogList
      list={list}
      what="people"
      caption="People"
      columns={columns}
      keyOf={({ id }) => id}
      lead="Whoever may sign in here. What they may do in a project is said under Members."
      add={{ label: "Add a person", isPrimary: true, form: (onClose) => <AddPersonForm onClose={onClose} /> }}
      empty={{ icon: "person", title: "Nobody has an account yet", words: "The admin key alone opens the gateway." }}
    />
  );
}

function AddPersonForm({ onClose }: { onClose: () => void }) {
  const control = useControl();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("member");
  const save = async () => {
    await answerOf(control.api.POST("/v1/people", { body: { name, email, password, role } }));
    return `${name} may sign in.`;
  };
  return (
    <DialogForm verb="Add" save={save} onClose={onClose}>
      {(error) => {
        const fieldError = errorsByField(error);
        return (
          <>
            <TextField label="Name" required value={name} onChange={setName} error={fieldError("name")} />
            <TextField
              label="E-mail address"
              type="email"
              required
              value={email}
              onChange={setEmail}
              error={fieldError("email")}
            />
            <NewPasswordField
              label="First password"
              required
              value={password}
              onChange={setPassword}
              error={fieldError("password")}
              hint="12 characters or more. Hand it over by a way that nobody else reads; they change it under their name, at the bottom of the menu."
            />
            <RoleField label="Role in the whole gateway" role={role} onChange={setRole} isOverAll />
          </>
        );
      }}
    </DialogForm>
  );
}

function PersonActions({ person }: { person: Person }) {
  const control = useControl();
  const session = useSignedIn();
  const isSelf = session.kind === "person" && session.person.id === person.id;
  return (
    <RowActions
      name={person.name}
      change={(onClose) => <ChangeForm person={person} onClose={onClose} />}
      remove={
        isSelf
          ? undefined
          : {
              run: () => answerOf(control.api.DELETE("/v1/people/{id}", { params: { path: { id: person.id } } })),
              typed: person.email,
              words: (
                <p>
                  Their sessions end, and the gateway keys that belong to them are deleted with them: what shows such a
                  key gets 401. What they changed stays in the audit log.
                </p>
              ),
            }
      }
    />
  );
}

function ChangeForm({ person, onClose }: { person: Person; onClose: () => void }) {
  const control = useControl();
  const [opened] = useState(person);
  const wasOff = opened.status === "disabled";
  const [name, setName] = useState(opened.name);
  const [role, setRole] = useState<Role>(opened.role);
  const [isOff, setIsOff] = useState(wasOff);
  const [password, setPassword] = useState("");
  const save = async () => {
    await answerOf(
      control.api.PUT("/v1/people/{id}", {
        params: { path: { id: person.id } },
        body: {
          ...changedIn({ name, role, disabled: isOff }, { name: opened.name, role: opened.role, disabled: wasOff }),
          ...(password !== "" && { password }),
        },
      }),
    );
    return "Saved.";
  };
  return (
    <DialogForm save={save} onClose={onClose}>
      {(error) => (
        <>
          <TextField label="Name" required value={name} onChange={setName} error={errorsByField(error)("name")} />
          <RoleField label="Role in the whole gateway" role={role} onChange={setRole} isOverAll />
          <SelectField
            label="Sign-in"
            value={isOff ? "off" : "on"}
            onChange={(value) => setIsOff(value === "off")}
            hint="Switched off: sessions end at once; gateway keys of the person stop, too."
          >
            <option value="on">allowed</option>
            <option value="off">switched off</option>
          </SelectField>
          <NewPasswordField
            label="New password"
            isOptional
            value={password}
            onChange={setPassword}
            error={errorsByField(error)("password")}
            hint="Ends every session of the person."
          />
        </>
      )}
    </DialogForm>
  );
}
