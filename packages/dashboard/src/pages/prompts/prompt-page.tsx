/** One prompt: what it says, a run of it, its versions. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import type { Prompt } from "../../api/objects.ts";
import { useAct } from "../../controls/act.ts";
import { ObjectActions } from "../../controls/object-actions.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { Uses } from "../../controls/uses.tsx";
import { CodeBlock, CopyText } from "../../controls/copy.tsx";
import { TextField } from "../../controls/forms/field.tsx";
import { EditedGuard, useEdited, useSavedCheck } from "../../controls/forms/edited.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { Facts, Moment } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { PageTabs } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";
import { CollectionChoice } from "./collections.tsx";
import { PromptFields } from "./prompt-fields.tsx";
import { contentOf, termsOf, textOf, type PromptTerms } from "./prompt-terms.ts";
import { RunPrompt } from "./run-prompt.tsx";
import { Versions } from "./versions.tsx";

const keyOf = (projectId: string, slug: string) => ["prompt", projectId, slug];

/** In its newest version: that is what is edited. */
function usePrompt(slug: string) {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: keyOf(project.id, slug),
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/prompts/{prompt}", {
          params: { path: { prompt: `${slug}@latest` }, query: { workspace_id: project.id } },
        }),
      ),
  });
}

export function PromptPage() {
  const { slug } = useParams({ from: "/frame/prompts/$slug" });
  const { canChange } = useProject();
  const query = usePrompt(slug);
  return (
    <Page
      title={query.data?.name ?? slug}
      back={<Link to="/prompts">← Prompts</Link>}
      actions={query.data !== undefined && canChange && <DeletePrompt prompt={query.data} />}
    >
      <Await query={query} what="prompt">
        {(prompt) => (
          <>
            <Summary prompt={prompt} />
            <PageTabs
              label="Parts of the prompt"
              tabs={[
                {
                  id: "text",
                  label: canChange ? "Change" : "Text",
                  content: canChange ? (
                    <EditPrompt prompt={prompt} />
                  ) : (
                    <CodeBlock code={textOf(prompt)} label="what the prompt says" />
                  ),
                  isKept: true,
                },
                ...(canChange ? [{ id: "run", label: "Run and compare", content: <RunPrompt prompt={prompt} /> }] : []),
                { id: "versions", label: "Versions", content: <Versions prompt={prompt} /> },
              ]}
            />
          </>
        )}
      </Await>
    </Page>
  );
}

function Summary({ prompt }: { prompt: Prompt }) {
  const { slug, published_version, latest_version, model, last_updated_at } = prompt;
  return (
    <Panel title="What it is">
      <Facts
        facts={[
          ["Called at", <CopyText key="path" text={`/v1/prompts/${slug}/completions`} label="its path" />],
          ["Published", `version ${published_version}`],
          ["Newest", `version ${latest_version}`],
          ["Model", <code key="model">{model ?? "the call's"}</code>],
          ["Changed", <Moment key="changed" at={last_updated_at} />],
        ]}
      />
    </Panel>
  );
}

type EditTerms = PromptTerms & { collection: string };

const editTermsOf = (prompt: Prompt): EditTerms => ({
  ...termsOf(prompt.name, prompt),
  collection: prompt.collection_id ?? "",
});

function EditPrompt({ prompt }: { prompt: Prompt }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const edited = useEdited(editTermsOf(prompt));
  const queryKey = keyOf(project.id, prompt.slug);
  const inStore = useSavedCheck({ queryKey, saved: prompt, termsOf: editTermsOf });
  const { collection, ...terms } = edited.terms;
  const set = (part: Partial<EditTerms>) => edited.setTerms({ ...edited.terms, ...part });
  const saving = useAct(async () => {
    await inStore.check();
    const { prompt_version: version } = await answerOf(
      control.api.PUT("/v1/prompts/{prompt}", {
        params: { path: { prompt: prompt.slug }, query: { workspace_id: project.id } },
        body: { name: terms.name, collection_id: collection, ...contentOf(terms) },
      }),
    );
    const isNew = version !== prompt.prompt_version;
    await queries.invalidateQueries();
    edited.accept(inStore.now());
    say(
      isNew ? `Saved as version ${version}. It is not published yet.` : "Saved. It says what it said: no new version.",
    );
  });
  const fieldError = errorsByField(saving.error);
  return (
    <SaveForm saving={saving} layout="stack" verb="Save as a new version">
      <EditedGuard edited={edited} isBusy={saving.isBusy} />
      <PromptFields terms={terms} onChange={set} fieldError={fieldError} />
      <ChangeFields terms={edited.terms} set={set} nameError={fieldError("name")} />
    </SaveForm>
  );
}

interface ChangeFieldsProps {
  terms: EditTerms;
  set: (part: Partial<EditTerms>) => void;
  nameError: string | undefined;
}

function ChangeFields({ terms, set, nameError }: ChangeFieldsProps) {
  return (
    <Panel title="The change">
      <div className="form-row">
        <TextField label="Name" required value={terms.name} onChange={(name) => set({ name })} error={nameError} />
        <TextField
          label="What is new"
          isOptional
          value={terms.description}
          onChange={(description) => set({ description })}
        />
        <CollectionChoice
          label="Collection"
          none="none"
          value={terms.collection}
          onChange={(collection) => set({ collection })}
        />
      </div>
    </Panel>
  );
}

function DeletePrompt({ prompt: { slug, name } }: { prompt: Prompt }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { prompt: slug }, query: { workspace_id: project.id } };
  return (
    <ObjectActions
      name={name}
      deleting={{
        run: () => answerOf(control.api.DELETE("/v1/prompts/{prompt}", { params })),
        typed: slug,
        listPath: "/prompts",
        words: (
          <>
            <p>
              Calls of <code>{slug}</code> get 404 from then on, and all its versions are gone. It stays while a config
              calls it.
            </p>
            <Uses used="prompt" slug={slug} />
          </>
        ),
      }}
    />
  );
}
