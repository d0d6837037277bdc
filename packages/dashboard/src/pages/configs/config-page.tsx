/** One config: its text and tree, its plan, its versions. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import type { Config } from "../../api/objects.ts";
import { useAct } from "../../controls/act.ts";
import { CopyText } from "../../controls/copy.tsx";
import { EditedGuard, useEdited, useSavedCheck } from "../../controls/forms/edited.tsx";
import { CheckField, TextField } from "../../controls/forms/field.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { Facts, Moment, Status } from "../../controls/show.tsx";
import { Await, Callout } from "../../controls/states.tsx";
import { PageTabs } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";
import { ConfigActions } from "./config-actions.tsx";
import { ConfigEditor, configIn } from "./config-editor.tsx";
import { Versions } from "./versions.tsx";

const keyOf = (projectId: string, slug: string) => ["config", projectId, slug];

export function ConfigPage() {
  const { slug } = useParams({ from: "/frame/configs/$slug" });
  const control = useControl();
  const { project, canChange } = useProject();
  const query = useQuery({
    queryKey: keyOf(project.id, slug),
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/configs/{slug}", { params: { path: { slug }, query: { workspace_id: project.id } } }),
      ),
  });
  return (
    <Page
      title={query.data?.name ?? slug}
      back={<Link to="/configs">← Configs</Link>}
      actions={query.data !== undefined && canChange && <ConfigActions config={query.data} />}
    >
      <Await query={query} what="config">
        {(config) => (
          <>
            <Summary config={config} />
            <PageTabs
              label="Parts of the config"
              tabs={[
                {
                  id: "text",
                  label: canChange ? "Change" : "Text and plan",
                  content: <EditConfig config={config} />,
                  isKept: true,
                },
                { id: "versions", label: "Versions", content: <Versions config={config} /> },
              ]}
            />
          </>
        )}
      </Await>
    </Page>
  );
}

function Summary({ config: { slug, status, version, is_default, last_updated_at } }: { config: Config }) {
  return (
    <Panel title="What it is">
      <Facts
        facts={[
          ["Status", <Status key="status" status={status} />],
          ["Named in requests", <CopyText key="slug" text={`x-adit-config: ${slug}`} label="the header" />],
          ["Version", version],
          ["Used", is_default === 1 ? "by every request that names none" : "where it is named"],
          ["Changed", <Moment key="changed" at={last_updated_at} />],
        ]}
      />
    </Panel>
  );
}

interface Terms {
  name: string;
  isDefault: boolean;
  text: string;
}

const termsOf = ({ name, is_default, config }: Config): Terms => ({
  name,
  isDefault: is_default === 1,
  text: JSON.stringify(config, undefined, 2),
});

function EditConfig({ config: saved }: { config: Config }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project, canChange } = useProject();
  const edited = useEdited(termsOf(saved));
  const { name, isDefault, text } = edited.terms;
  const set = (part: Partial<Terms>) => edited.setTerms({ ...edited.terms, ...part });
  const setText = (next: string) => set({ text: next });
  const [dropped, setDropped] = useState<readonly string[]>([]);
  const config = configIn(text);
  const inStore = useSavedCheck({ queryKey: keyOf(project.id, saved.slug), saved, termsOf });
  const saving = useAct(async () => {
    if (config === undefined) return;
    await inStore.check();
    const isSame = JSON.stringify(config) === JSON.stringify(saved.config);
    const answer = await answerOf(
      control.api.PUT("/v1/configs/{slug}", {
        params: { path: { slug: saved.slug }, query: { workspace_id: project.id } },
        body: { name, is_default: isDefault, ...(!isSame && { config }) },
      }),
    );
    setDropped(answer.dropped);
    await queries.invalidateQueries();
    edited.accept(inStore.now());
    say(isSame ? "Saved." : `Saved as version ${answer.version}. It counts at once.`);
  });
  if (!canChange) return <ConfigEditor text={text} onChange={setText} isReadOnly />;
  return (
    <SaveForm saving={saving} layout="stack" isWhole={config !== undefined}>
      <EditedGuard edited={edited} isBusy={saving.isBusy} />
      <ConfigEditor text={text} onChange={setText} />
      <Panel title="Name and use">
        <div className="form-row">
          <TextField label="Name" required value={name} onChange={(next) => set({ name: next })} />
          <CheckField
            label="By default"
            hint="For every request of the project that names no config."
            checked={isDefault}
            onChange={(next) => set({ isDefault: next })}
          />
        </div>
      </Panel>
      <Dropped names={dropped} />
    </SaveForm>
  );
}

function Dropped({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <Callout kind="warning">
      <strong>Saved, and without effect here:</strong> {names.join(", ")}
    </Callout>
  );
}
