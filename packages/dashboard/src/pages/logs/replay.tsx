/** The same request again, or another: what is answered now, and where it is different from then. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ConfigField, CredentialField } from "../../controls/forms/choice-fields.tsx";
import { CodeBlock } from "../../controls/copy.tsx";
import { TextDifference } from "../../controls/difference.tsx";
import { exactJson } from "../../controls/forms/exact-json.ts";
import { AreaField } from "../../controls/forms/field.tsx";
import { indented, jsonFault } from "../../controls/forms/form-text.ts";
import { Panel } from "../../controls/page.tsx";
import { Badge } from "../../controls/show.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { statusKind } from "./log-columns.tsx";
import { Form } from "../../controls/forms/form.tsx";

type Replayed = Schemas["LogReplayed"];
type Members = Record<string, unknown>;

export function ReplayPanel({ id, asked }: { id: string; asked: string }) {
  const control = useControl();
  const [body, setBody] = useState(() => indented(asked));
  const [credential, setCredential] = useState("");
  const [config, setConfig] = useState("");
  const [replayed, setReplayed] = useState<Replayed>();
  const { run, error, isBusy } = useAct(async () => {
    setReplayed(undefined);
    const params = { path: { log: id } };
    const edits = {
      body: editsOf(membersIn(asked), membersIn(body)),
      ...(credential !== "" && { virtual_key: credential }),
      ...(config !== "" && { config }),
    };
    setReplayed(await answerOf(control.api.POST("/v1/logs/{log}/replay", { params, body: edits })));
  });
  const fault = jsonFault(body);
  return (
    <Panel title="Ask again" lead="A real call, which costs: with the key that had called, and its limits.">
      <Form className="form" onSubmit={run}>
        <div className="form-row">
          <CredentialField label="Credential" none="that of then" value={credential} onChange={setCredential} />
          <ConfigField label="Config" none="that of then" value={config} onChange={setConfig} />
        </div>
        <AreaField
          label="Body"
          className="mono"
          rows={8}
          value={body}
          onChange={setBody}
          error={fault}
          hint="Another model is a change of the body: its member model."
        />
        <div>
          <Button type="submit" variant="primary" icon="play" isBusy={isBusy} disabled={fault !== undefined}>
            Send it again
          </Button>
        </div>
      </Form>
      {error !== undefined && <ErrorPanel error={error} title="It was not asked again" />}
      {replayed !== undefined && <Outcome replayed={replayed} />}
    </Panel>
  );
}

function Outcome({ replayed: { id, status, response, original, difference, notes } }: { replayed: Replayed }) {
  return (
    <section className="stack" aria-label="the answer, and what is different from then">
      <p className="chips">
        then <Badge kind={statusKind(original.status)}>{original.status}</Badge>
        now <Badge kind={statusKind(status)}>{status}</Badge>
        <Link to="/logs/$id" params={{ id }}>
          The new call in the logs
        </Link>
      </p>
      {notes.map((note) => (
        <p key={note} className="hint">
          {note}
        </p>
      ))}
      {original.response === null ? (
        <p className="soft">Of then no answer is kept to set beside it.</p>
      ) : typeof response === "string" ? (
        <TextDifference before={shown(original.response)} after={response} label="the stream, line by line" />
      ) : difference.length === 0 ? (
        <p className="soft">The answer is the same.</p>
      ) : (
        <Table caption="What is different from then" columns={columns} rows={difference} keyOf={({ path }) => path} />
      )}
      {typeof response !== "string" && <CodeBlock code={shown(response)} label="the answer of now" />}
    </section>
  );
}

const columns: readonly Column<Replayed["difference"][number]>[] = [
  { title: "Where", cell: ({ path }) => <code>{path === "" ? "the whole" : path}</code> },
  { title: "Then", cell: ({ before }) => <span className="difference-cell">{shown(before)}</span> },
  { title: "Now", cell: ({ after }) => <span className="difference-cell">{shown(after)}</span> },
];

function shown(value: unknown): string {
  if (value === null || value === undefined) return "—";
  return typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
}

/** Undefined for what is no object: a record that was cut, say. */
function membersIn(text: string): Members | undefined {
  try {
    const read = exactJson(text);
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as Members) : undefined;
  } catch {
    return undefined;
  }
}

/** What the API lays over the request of then; null takes a member away. */
function editsOf(before: Members | undefined, after: Members = {}): Members {
  const gone = Object.keys(before ?? {}).filter((name) => !(name in after));
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before?.[name]),
  );
  return Object.fromEntries([...gone.map((name) => [name, null]), ...changed]);
}
