/** One call of a stored connector, as a program would make it: the outputs, what of them was not there, and the model's own answer. */
import { useState } from "react";
import { apiErrorFrom, unreachable } from "../../api/api-error.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { CodeBlock } from "../../controls/copy.tsx";
import { exactJson } from "../../controls/forms/exact-json.ts";
import { AreaField } from "../../controls/forms/field.tsx";
import { indented, jsonFault } from "../../controls/forms/form-text.ts";
import { Panel } from "../../controls/page.tsx";
import { Callout, ErrorPanel } from "../../controls/states.tsx";
import { usePlaygroundKey } from "../playground/playground-key.ts";
import type { Connector } from "./connector-terms.ts";
import { Form } from "../../controls/forms/form.tsx";

interface Mapped {
  output?: Record<string, unknown>;
  output_faults?: { name?: string; message?: string }[];
  data?: unknown;
}

/** The names that the connector takes from its caller, each with a word to replace. */
function sampleData({ input_schema }: Connector): string {
  const names = input_schema.flatMap(({ value, value_type }) => {
    if (typeof value !== "string") return [];
    const holes = [...value.matchAll(/\{\{\s*([^{}\s]+)\s*\}\}/g)].map(([, name = ""]) => name);
    return holes.length === 0 && value_type === "dynamic" ? [value] : holes;
  });
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, "An adit leads into a mine."])), undefined, 2);
}

export function TryConnector({ connector }: { connector: Connector }) {
  const withKey = usePlaygroundKey();
  const [data, setData] = useState(() => sampleData(connector));
  const [answer, setAnswer] = useState<string>();
  const { run, error, isBusy } = useAct(async () => {
    setAnswer(undefined);
    await withKey(async (key) => setAnswer(await invoke(connector.slug, data, key)));
  });
  return (
    <Panel title="Try it" lead="A real call, with a gateway key of your own that is made for an hour.">
      <Form className="form" onSubmit={run}>
        <AreaField
          label="Data"
          className="mono"
          rows={4}
          value={data}
          onChange={setData}
          error={jsonFault(data)}
          hint="What {{names}} stand for."
        />
        <div>
          <Button type="submit" variant="primary" icon="play" isBusy={isBusy} disabled={jsonFault(data) !== undefined}>
            Call it
          </Button>
        </div>
      </Form>
      {error !== undefined && <ErrorPanel error={error} />}
      {answer !== undefined && <AnswerView answer={answer} hasOutputs={connector.output_schema.length > 0} />}
    </Panel>
  );
}

async function invoke(slug: string, data: string, key: string): Promise<string> {
  const response = await fetch(`/v1/connectors/${encodeURIComponent(slug)}/invoke`, {
    method: "POST",
    credentials: "omit",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: `{"data": ${data}}`,
  }).catch((cause: unknown) => Promise.reject(unreachable(cause)));
  const text = await response.text();
  if (response.ok) return text;
  throw apiErrorFrom(response, jsonOf(text));
}

function jsonOf(text: string): unknown {
  try {
    return exactJson(text);
  } catch {
    return undefined;
  }
}

function AnswerView({ answer, hasOutputs }: { answer: string; hasOutputs: boolean }) {
  const mapped = (hasOutputs ? jsonOf(answer) : undefined) as Mapped | undefined;
  if (mapped?.output === undefined) return <CodeBlock code={indented(answer)} label="the model's answer" />;
  return (
    <>
      <h3>Outputs</h3>
      <CodeBlock code={JSON.stringify(mapped.output, undefined, 2)} label="the outputs" />
      {(mapped.output_faults ?? []).length > 0 && (
        <Callout kind="warning">
          <strong>Not all of it was there:</strong>
          <ul>
            {mapped.output_faults?.map(({ name, message }, index) => (
              <li key={index}>
                {name}: {message}
              </li>
            ))}
          </ul>
        </Callout>
      )}
      <details className="more-fields">
        <summary>The model's own answer</summary>
        <CodeBlock code={JSON.stringify(mapped.data, undefined, 2)} label="the model's answer" />
      </details>
    </>
  );
}
