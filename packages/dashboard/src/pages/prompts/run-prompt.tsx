/** A run of two versions with the same variables, side by side. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import type { Prompt } from "../../api/objects.ts";
import { Button } from "../../controls/button.tsx";
import { AreaField, SelectField, TextField } from "../../controls/forms/field.tsx";
import { Panel } from "../../controls/page.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { useCatalog } from "../models/catalog.ts";
import { AnswerBody } from "../playground/answer-body.tsx";
import { AnswerFacts } from "../playground/answer-facts.tsx";
import { callChat, emptyAnswer, type Answer } from "../playground/chat-call.ts";
import { usePlaygroundKey } from "../playground/playground-key.ts";
import { partialsIn, valueOf, variablesIn, type Asked } from "./prompt-terms.ts";
import { Form } from "../../controls/forms/form.tsx";

interface Run {
  version: string;
  answer: Answer;
  error: unknown;
}

type Variables = Record<string, unknown>;

/** One run of each version, beside each other. */
function useRuns(slug: string) {
  const withKey = usePlaygroundKey();
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const [isRunning, setIsRunning] = useState(false);
  const stop = useRef(new AbortController());
  // Who leaves the page reads no more of it, and pays for no more.
  useEffect(() => () => stop.current.abort(), []);
  const change = (version: string, part: Partial<Run>) =>
    setRuns((before) => before.map((run) => (run.version === version ? { ...run, ...part } : run)));
  const runOne = async (version: string, variables: Variables) => {
    try {
      await withKey((key) =>
        callChat({
          key,
          path: `/v1/prompts/${encodeURIComponent(`${slug}@${version}`)}/completions`,
          body: { variables },
          headers: {},
          signal: stop.current.signal,
          onChange: (answer) => change(version, { answer }),
        }),
      );
    } catch (error) {
      change(version, { error });
    }
  };
  const runAll = async (versions: readonly string[], variables: Variables) => {
    stop.current = new AbortController();
    setRuns(versions.map((version) => ({ version, answer: emptyAnswer, error: undefined })));
    setIsRunning(true);
    await Promise.all(versions.map((version) => runOne(version, variables)));
    setIsRunning(false);
  };
  return { runs, isRunning, runAll, stop: () => stop.current.abort() };
}

export function RunPrompt({ prompt }: { prompt: Prompt }) {
  const { runs, isRunning, runAll, stop } = useRuns(prompt.slug);
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [other, setOther] = useState("");
  const { asked, isKnown } = useAsked(prompt, other);
  const variables = Object.fromEntries(
    asked.flatMap((one) => {
      const text = texts[one.name] ?? "";
      return text === "" ? [] : [[one.name, valueOf(one, text)]];
    }),
  );
  return (
    <div className="stack">
      <Panel title="Variables" lead="A real call, with a gateway key of your own that is made for an hour.">
        <Form className="form" onSubmit={() => void runAll(other === "" ? ["latest"] : ["latest", other], variables)}>
          <div className="form-row">
            {asked.map((one) => (
              <VariableField
                key={one.name}
                asked={one}
                value={texts[one.name] ?? ""}
                onChange={(text) => setTexts({ ...texts, [one.name]: text })}
              />
            ))}
            <OtherVersion prompt={prompt} value={other} onChange={setOther} />
          </div>
          <div className="actions">
            <Button type="submit" variant="primary" icon="play" isBusy={isRunning} disabled={!isKnown}>
              Run
            </Button>
            {isRunning && <Button onClick={stop}>Stop</Button>}
          </div>
        </Form>
      </Panel>
      <div className="config-sides">
        {runs.map((run) => (
          <RunView key={run.version} run={run} model={prompt.model ?? ""} />
        ))}
      </div>
    </div>
  );
}

interface AllAsked {
  asked: Asked[];
  /** False while more may be asked for: a run now would leave out what is typed for it. */
  isKnown: boolean;
}

/** Of the newest version and of the one beside it, and of the partials that they name. */
function useAsked(prompt: Prompt, other: string): AllAsked {
  const control = useControl();
  const { project } = useProject();
  const params = { query: { workspace_id: project.id } };
  const partialText = async (partial: string) =>
    (await answerOf(control.api.GET("/v1/prompts/partials/{partial}", { params: { ...params, path: { partial } } })))
      .string;
  const versionText = async (version: string) => {
    const path = { prompt: `${prompt.slug}@${version}` };
    return (await answerOf(control.api.GET("/v1/prompts/{prompt}", { params: { ...params, path } }))).string;
  };
  const { data, isPending, isPlaceholderData } = useQuery({
    queryKey: ["prompt-asks", project.id, prompt.slug, prompt.prompt_version_id, other],
    queryFn: async () => {
      const own = other === "" ? prompt.string : `${prompt.string}\n${await versionText(other)}`;
      return withPartials(own, partialText);
    },
    placeholderData: (before: string | undefined) => before,
  });
  return { asked: variablesIn(data ?? prompt.string), isKnown: !isPending && !isPlaceholderData };
}

/** The template, and behind it what its partials say, and theirs, each once. */
async function withPartials(template: string, textOfPartial: (name: string) => Promise<string>): Promise<string> {
  const seen = new Set<string>();
  const texts = [template];
  for (const text of texts) {
    const names = partialsIn(text).filter((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    // Whichever cannot be read asks for nothing here: the run itself says what is wrong with it.
    texts.push(...(await Promise.all(names.map((name) => textOfPartial(name).catch(() => "")))));
  }
  return texts.join("\n");
}

interface VariableProps {
  asked: Asked;
  value: string;
  onChange: (text: string) => void;
}

function VariableField({ asked: { name, isShaped }, value, onChange }: VariableProps) {
  if (!isShaped) return <TextField label={name} value={value} onChange={onChange} />;
  return (
    <AreaField
      label={name}
      className="mono"
      rows={3}
      value={value}
      onChange={onChange}
      hint="JSON: a list, an object, true or false. Other text is taken as it is."
    />
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
  const isRunning = answer.totalMs === undefined && error === undefined;
  return (
    <Panel title={version === "latest" ? "The newest version" : `Version ${version}`}>
      <AnswerBody answer={answer} isRunning={isRunning} />
      {error !== undefined && <ErrorPanel error={error} />}
      {answer.totalMs !== undefined && <AnswerFacts answer={answer} model={model} models={models} />}
    </Panel>
  );
}
