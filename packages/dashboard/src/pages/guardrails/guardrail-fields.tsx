import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { Button } from "../../controls/button.tsx";
import { CodeBlock } from "../../controls/copy.tsx";
import { AreaField, CheckField, SelectField, TextField } from "../../controls/forms/field.tsx";
import { jsonFault } from "../../controls/forms/form-text.ts";
import { Panel } from "../../controls/page.tsx";
import { Await } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField, errorsUnder } from "../../controls/forms/field-errors.ts";
import { firstCheck, type CheckTerms, type GuardrailTerms, type Verdict } from "./guardrail-terms.ts";

const verdictWords: Readonly<Record<Verdict, string>> = {
  deny: "is refused",
  tell: "passes, and the caller is told",
  note: "passes, and only the log says so",
};

const verdictHints: Readonly<Record<Verdict, string>> = {
  deny: "The caller gets the status 446, and the model is not asked or its answer is not given.",
  tell: "The answer has the status 246, with what failed in hook_results.",
  note: "It is looked at beside the call, which does not wait for it.",
};

interface GuardrailFieldsProps {
  terms: GuardrailTerms;
  onChange: (terms: GuardrailTerms) => void;
  /** What the gateway refused. */
  error: unknown;
}

/** What a check had as other kinds, by kind: whoever chooses the wrong one finds again what they typed. */
type ByKind = Map<string, Pick<CheckTerms, "parameters" | "others">>;

export function GuardrailFields({ terms, onChange, error }: GuardrailFieldsProps) {
  const left = useRef<ByKind[]>([]);
  const fieldError = errorsByField(error);
  const faultUnder = errorsUnder(error);
  const set = (part: Partial<GuardrailTerms>) => onChange({ ...terms, ...part });
  return (
    <>
      <Panel title="What it is for">
        <div className="form-row">
          <TextField
            label="Name"
            required
            value={terms.name}
            onChange={(name) => set({ name })}
            error={fieldError("name")}
            hint="For people, such as No cards."
          />
          <SelectField
            label="What fails"
            value={terms.verdict}
            hint={verdictHints[terms.verdict]}
            onChange={(verdict) => set({ verdict: verdict as Verdict })}
          >
            {Object.entries(verdictWords).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </SelectField>
        </div>
      </Panel>
      {terms.checks.map((check, index) => (
        <CheckPanel
          key={index}
          number={index + 1}
          check={check}
          fault={faultUnder(`checks.${index}`)}
          left={(left.current[index] ??= new Map())}
          onChange={(changed) => set({ checks: terms.checks.map((one, at) => (at === index ? changed : one)) })}
          onRemove={
            terms.checks.length === 1
              ? undefined
              : () => {
                  left.current.splice(index, 1);
                  set({ checks: terms.checks.filter((_one, at) => at !== index) });
                }
          }
        />
      ))}
      <div>
        <Button icon="plus" onClick={() => set({ checks: [...terms.checks, firstCheck] })}>
          Add a check
        </Button>
      </div>
    </>
  );
}

function useChecks() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["guardrail-checks", project.id],
    queryFn: () =>
      answerOf(control.api.GET("/v1/guardrails/checks", { params: { query: { workspace_id: project.id } } })),
    staleTime: 600_000,
  });
}

interface CheckPanelProps {
  number: number;
  check: CheckTerms;
  fault: string | undefined;
  left: ByKind;
  onChange: (check: CheckTerms) => void;
  onRemove: (() => void) | undefined;
}

/** As a check of another kind. */
function withKind(check: CheckTerms, id: string, left: ByKind): CheckTerms {
  const { parameters, others } = check;
  left.set(check.id, { parameters, others });
  return { ...check, parameters: "{}", others: {}, ...left.get(id), id };
}

function CheckPanel({ number, check, fault, left, onChange, onRemove }: CheckPanelProps) {
  const checks = useChecks();
  const known = checks.data?.data ?? [];
  const isKnown = known.some(({ id }) => id === check.id);
  return (
    <Panel
      title={`Check ${number}`}
      actions={
        onRemove !== undefined && (
          <Button variant="quiet" icon="cross" aria-label={`Remove check ${number}`} onClick={onRemove} />
        )
      }
    >
      <div className="config-sides">
        <div className="form">
          <SelectField
            label="Kind"
            value={check.id}
            onChange={(id) => onChange(withKind(check, id, left))}
            hint={
              <>
                What each does: <a href="/docs/guardrails.md">the documents</a>.
              </>
            }
          >
            {!isKnown && <option value={check.id}>{check.id}</option>}
            {known.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </SelectField>
          <AreaField
            label="Parameters"
            className="mono"
            rows={7}
            value={check.parameters}
            onChange={(parameters) => onChange({ ...check, parameters })}
            error={jsonFault(check.parameters) ?? fault}
            hint="JSON. Values of headers are shown as ***, and stay what they were."
          />
          <CheckField
            label="Switched on"
            checked={check.isEnabled}
            onChange={(isEnabled) => onChange({ ...check, isEnabled })}
          />
        </div>
        <div className="stack">
          <h3>Its parameters, as JSON schema</h3>
          <Await query={checks} what="kinds of checks">
            {({ data }) => <Shape kind={data.find(({ id }) => id === check.id)} number={number} />}
          </Await>
        </div>
      </div>
    </Panel>
  );
}

function Shape({ kind, number }: { kind: Schemas["GuardrailChecks"]["data"][number] | undefined; number: number }) {
  if (kind === undefined) return <p className="soft">No check of this name is known here.</p>;
  return (
    <CodeBlock
      code={JSON.stringify(kind.parameters["properties"] ?? kind.parameters, undefined, 2)}
      label={`the parameters of check ${number}`}
    />
  );
}
