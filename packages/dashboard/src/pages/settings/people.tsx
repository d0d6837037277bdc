/** Who may sign in, and what they may do in the whole gateway. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog, Dialog } from "../../controls/dialog.tsx";
import { SelectField, TextField } from "../../controls/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { useSay } from "../../controls/messages.tsx";
import { Moment, Status } from "../../controls/show.tsx";
import { Await, ErrorPanel } from "../../controls/states.tsx";
import { MoreOf, Table, type Column } from "../../controls/table.tsx";
import type { Role } from "../../session/session.ts";
import { useSignedIn } from "../../session/session.ts";
import { errorsByField } from "../connectors/field-errors.ts";
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
  const [isAdding, setIsAdding] = useState(false);
  const list = useLongList(["people"], (after) =>
    answerOf(
      control.api.GET("/v1/people", { params: { query: { limit: 50, ...(after !== undefined && { after }) } } }),
    ),
  );
  return (
    <div className="stack">
      <div className="bar">
        <p className="soft">Whoever may sign in here. What they may do in a project is said under Members.</p>
        <Button variant="primary" icon="plus" onClick={() => setIsAdding(true)}>
          Add a person
        </Button>
      </div>
      <Await query={list} what="people">
        {({ entries }) => (
          <>
            <Table caption="People" columns={columns} rows={entries} keyOf={({ id }) => id} />
            <MoreOf list={list} />
          </>
        )}
      </Await>
      <AddPerson isOpen={isAdding} onClose={() => setIsAdding(false)} />
    </div>
  );
}

function AddPerson({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Add a person" isOpen={isOpen} onClose={onClose}>
      <AddPersonForm onClose={onClose} />
    </Dialog>
  );
}

function AddPersonForm({ onClose }: { onClose: () => void }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("member");
  const { run, error, isBusy } = useAct(async () => {
    await answerOf(control.api.POST("/v1/people", { body: { name, email, password, role } }));
    say(`${name} may sign in.`);
    onClose();
    await queries.invalidateQueries();
  });
  const fieldError = errorsByField(error);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <TextField label="Name" required value={name} onChange={setName} error={fieldError("name")} />
      <TextField
        label="E-mail address"
        type="email"
        required
        value={email}
        onChange={setEmail}
        error={fieldError("email")}
      />
      <TextField
        label="First password"
        type="password"
        autoComplete="new-password"
        required
        minLength={12}
        value={password}
        onChange={setPassword}
        error={fieldError("password")}
        hint="12 characters or more. Hand it over by a way that nobody else reads."
      />
      <RoleField label="Role in the whole gateway" role={role} onChange={setRole} isOverAll />
      {error !== undefined && <ErrorPanel error={error} />}
      <div className="form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={isBusy}>
          Add
        </Button>
      </div>
    </form>
  );
}

function PersonActions({ person }: { person: Person }) {
  const session = useSignedIn();
  const [asked, setAsked] = useState<"change" | "delete">();
  const isSelf = session.kind === "person" && session.person.id === person.id;
  const close = () => setAsked(undefined);
  return (
    <span className="actions">
      <Button variant="quiet" onClick={() => setAsked("change")} aria-label={`Change ${person.name}`}>
        Change
      </Button>
      {!isSelf && (
        <Button variant="quiet" onClick={() => setAsked("delete")} aria-label={`Delete ${person.name}`}>
          Delete
        </Button>
      )}
      <Dialog title={`Change ${person.name}`} isOpen={asked === "change"} onClose={close}>
        <ChangeForm person={person} onClose={close} />
      </Dialog>
      <DeletePerson person={person} isOpen={asked === "delete"} onClose={close} />
    </span>
  );
}

function ChangeForm({ person, onClose }: { person: Person; onClose: () => void }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const [name, setName] = useState(person.name);
  const [role, setRole] = useState<Role>(person.role);
  const [isOff, setIsOff] = useState(person.status === "disabled");
  const [password, setPassword] = useState("");
  const { run, error, isBusy } = useAct(async () => {
    await answerOf(
      control.api.PUT("/v1/people/{id}", {
        params: { path: { id: person.id } },
        body: { name, role, disabled: isOff, ...(password !== "" && { password }) },
      }),
    );
    say("Saved.");
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <TextField label="Name" required value={name} onChange={setName} />
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
      <TextField
        label="New password"
        isOptional
        type="password"
        autoComplete="new-password"
        minLength={12}
        value={password}
        onChange={setPassword}
        hint="Ends every session of the person."
      />
      {error !== undefined && <ErrorPanel error={error} />}
      <div className="form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={isBusy}>
          Save
        </Button>
      </div>
    </form>
  );
}

function DeletePerson({ person, isOpen, onClose }: { person: Person; isOpen: boolean; onClose: () => void }) {
  const control = useControl();
  const queries = useQueryClient();
  return (
    <ConfirmDialog
      title={`Delete ${person.name}?`}
      verb="Delete"
      name={person.email}
      isOpen={isOpen}
      onClose={onClose}
      run={async () => {
        await answerOf(control.api.DELETE("/v1/people/{id}", { params: { path: { id: person.id } } }));
        void queries.invalidateQueries();
      }}
    >
      <p>
        Their sessions end, and the gateway keys that belong to them are deleted with them: what shows such a key gets
        401. What they changed stays in the audit log.
      </p>
    </ConfirmDialog>
  );
}
