/** A run of two versions with the same variables, side by side. */
import { useRef, useState } from "react";
import { Button } from "../../controls/button.tsx";
import { SelectField, TextField } from "../../controls/field.tsx";
import { Panel } from "../../controls/page.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import { useCatalog } from "../models/catalog.ts";
import { AnswerFacts } from "../playground/answer-facts.tsx";
import { callChat, emptyAnswer, type Answer } from "../playground/chat-call.ts";
import { usePlaygroundKey } from "../playground/playground-key.ts";
import type { Prompt } from "./prompt-page.tsx";
import { variablesIn } from "./prompt-terms.ts";

interface Run {
  version: string;
  answer: Answer;
  error: unknown;
}

/** One run of each version, beside each other. */
function useRuns(slug: string) {
  const key = usePlaygroundKey();
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const [isRunning, setIsRunning] = useState(false);
  const stop = useRef(new AbortController());
  const change = (version: string, part: Partial<Run>) =>
    setRuns((before) => before.map((run) => (run.version === version ? { ...run, ...part } : run)));
  const runOne = async (version: string, variables: Record<string, string>) => {
    try {
      await callChat({
        key: await key(),
        path: `/v1/prompts/${encodeURIComponent(`${slug}@${version}`)}/completions`,
        body: { variables },
        headers: {},
        signal: stop.current.signal,
        onChange: (answer) => change(version, { answer }),
      });
    } catch (error) {
      change(version, { error });
    }
  };
  const runAll = async (versions: readonly string[], variables: Record<string, string>) => {
    stop.current = new AbortController();
    setRuns(versions.map((version) => ({ version, answer: emptyAnswer, error: undefined })));
    setIsRunning(true);
    // One key for all: it is made before they begin.
    await key().catch(() => {});
    await Promise.all(versions.map((version) => runOne(version, variables)));
    setIsRunning(false);
  };
  return { runs, isRunning, runAll, stop: () => stop.current.abort() };
}

export function RunPrompt({ prompt }: { prompt: Prompt }) {
  const { runs, isRunning, runAll, stop } = useRuns(prompt.slug);
  const [variables, setVariables] = useState<Record<string, string>>({});
  const [other, setOther] = useState("");
  return (
    <div className="stack">
      <Panel title="Variables" lead="A real call, with a gateway key of your own that is made for an hour.">
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            void runAll(other === "" ? ["latest"] : ["latest", other], variables);
          }}
        >
          <div className="form-row">
            {variablesIn(prompt.string).map((name) => (
              <TextField
                key={name}
                label={name}
                value={variables[name] ?? ""}
                onChange={(value) => setVariables({ ...variables, [name]: value })}
              />
            ))}
            <OtherVersion prompt={prompt} value={other} onChange={setOther} />
          </div>
          <div className="actions">
            <Button type="submit" variant="primary" icon="play" isBusy={isRunning}>
              Run
            </Button>
            {isRunning && <Button onClick={stop}>Stop</Button>}
          </div>
        </form>
      </Panel>
      <div className="config-sides">
        {runs.map((run) => (
          <RunView key={run.version} run={run} model={prompt.model ?? ""} />
        ))}
      </div>
    </div>
  );
}

interface OtherProps {
  prompt: Prompt;
  value: string;
  onChange: (version: string) => void;
}

function OtherVersion({ prompt: { latest_version, published_version }, value, onChange }: OtherProps) {
  const versions = Array.from({ length: latest_version - 1 }, (_none, index) => latest_version - 1 - index);
  return (
    <SelectField label="Beside the newest, run" value={value} onChange={onChange}>
      <option value="">no other</option>
      {versions.map((version) => (
        <option key={version} value={String(version)}>
          version {version}
          {version === published_version && ", published"}
        </option>
      ))}
    </SelectField>
  );
}

function RunView({ run: { version, answer, error }, model }: { run: Run; model: string }) {
  const models = useCatalog().data?.data ?? [];
  return (
    <Panel title={version === "latest" ? "The newest version" : `Version ${version}`}>
      {answer.text === "" && error === undefined && <p className="soft">Waiting for the first word …</p>}
      <p className="run-answer">{answer.text}</p>
      {error !== undefined && <ErrorPanel error={error} />}
      {answer.totalMs !== undefined && <AnswerFacts answer={answer} model={model} models={models} />}
    </Panel>
  );
}
