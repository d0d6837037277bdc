/** Several models, one question: answers, times, tokens and cost side by side. */
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../controls/button.tsx";
import { Page } from "../../controls/page.tsx";
import { EmptyState, ErrorPanel } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { exampleModel } from "../keys/snippets.ts";
import { useCatalog } from "../models/catalog.ts";
import { ColumnView } from "./column-view.tsx";
import { callOf, useColumns, type PlaygroundColumn } from "./columns.ts";
import { Composer, contentOf, noDraft } from "./composer.tsx";
import type { Asked } from "./conversation.ts";
import { CopyAsDialog } from "./copy-as.tsx";
import { SettingFields } from "./setting-fields.tsx";
import { noSettings, type ChatCall, type Settings } from "./settings.ts";

const mostColumns = 4;
const lead =
  "One question to several models. Calls are made with a gateway key of your own, made for an hour and kept in this tab.";

export function PlaygroundPage() {
  const { canChange } = useProject();
  if (canChange) return <Playground />;
  return (
    <Page title="Playground" lead={lead}>
      <EmptyState icon="playground" title="For members of the project">
        The playground makes a gateway key to call models with, and a viewer makes none. Ask an admin for the role
        member.
      </EmptyState>
    </Page>
  );
}

/** What columns would send. Where a setting is no JSON it is undefined, and told. */
function useCalls(settings: Settings) {
  const [fault, setFault] = useState<unknown>();
  const callsOf = (chosen: readonly PlaygroundColumn[], asked: Asked): ChatCall[] | undefined => {
    setFault(undefined);
    try {
      return chosen.map((column) => callOf(column, asked, settings));
    } catch (error) {
      setFault(error);
      return undefined;
    }
  };
  return { fault, callsOf };
}

function Playground() {
  const { model = exampleModel } = useSearch({ from: "/frame/playground" });
  const models = (useCatalog().data?.data ?? []).filter(({ output }) => output === "text");
  const [settings, setSettings] = useState(noSettings);
  const [draft, setDraft] = useState(noDraft);
  const [copied, setCopied] = useState<ChatCall>();
  const { fault, callsOf } = useCalls(settings);
  const { columns, change, isRunning, stop, ask } = useColumns(model);
  const send = (chosen: readonly PlaygroundColumn[], asked: Asked): boolean => {
    const isWhole = callsOf(chosen, asked) !== undefined;
    if (isWhole) void ask(chosen, asked, settings);
    return isWhole;
  };
  return (
    <Page
      title="Playground"
      lead={lead}
      actions={
        <>
          <Button icon="plus" disabled={columns.length >= mostColumns} onClick={() => change({ kind: "add", model })}>
            Column
          </Button>
          <Button onClick={() => change({ kind: "clear" })} disabled={isRunning}>
            Clear
          </Button>
        </>
      }
    >
      {fault !== undefined && <ErrorPanel error={fault} />}
      <div className="play">
        <Composer
          {...{ isRunning, draft, onChange: setDraft, onStop: stop }}
          onAsk={(content) => send(columns, { kind: "question", content })}
        />
        <div className="play-columns">
          {columns.map((column) => (
            <ColumnView
              key={column.id}
              column={column}
              models={models}
              onModel={(name) => change({ kind: "model", id: column.id, model: name })}
              onCopy={() => {
                const content = contentOf(draft) || "Good morning";
                setCopied(callsOf([column], { kind: "question", content })?.[0]);
              }}
              onResults={isRunning ? undefined : (results) => void send([column], { kind: "results", results })}
              onRemove={
                columns.length === 1 || column.isRunning ? undefined : () => change({ kind: "remove", id: column.id })
              }
            />
          ))}
        </div>
        <SettingFields settings={settings} onChange={setSettings} />
      </div>
      <CopyAsDialog call={copied} onClose={() => setCopied(undefined)} />
    </Page>
  );
}
