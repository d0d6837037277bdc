/** A credential is filled in, stored, and tested. */
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { asApiError } from "../../api/api-error.ts";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct, useGoOn } from "../../controls/act.ts";
import { TextField } from "../../controls/forms/field.tsx";
import { listIn, momentIn } from "../../controls/forms/form-text.ts";
import { LeaveGuard } from "../../controls/forms/edited.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { ForMembers } from "../../frame/for-members.tsx";
import { useProject } from "../../session/project.ts";
import { CredentialFields, KindChoice } from "./credential-fields.tsx";
import { kindForms, type Kind } from "./kinds.ts";
import { TermFields } from "./term-fields.tsx";
import { attributionIn, noTerms, termsOfKind, type Terms } from "./terms.ts";

export function NewCredentialPage() {
  const [kind, setKind] = useState<Kind>("access_key");
  const [kept, setKept] = useState<Kept>({ name: "", slug: "", region: "", terms: noTerms });
  const { canChange } = useProject();
  if (!canChange) return <ForMembers title="Add a credential" />;
  return (
    <Page
      title="Add a credential"
      back={<Link to="/credentials">← Credentials</Link>}
      lead="Choose what you have. Beside each field stands where AWS's console shows it."
    >
      <Panel title="What do you have?">
        <KindChoice kind={kind} onChange={setKind} />
      </Panel>
      <CredentialForm key={kind} kind={kind} kept={kept} onKept={setKept} />
    </Page>
  );
}

/** What it is called, and what bounds it: it stays where another kind is chosen. What is typed of a secret does not. */
interface Kept {
  name: string;
  slug: string;
  region: string;
  terms: Terms;
}

interface CredentialFormProps {
  kind: Kind;
  kept: Kept;
  onKept: (kept: Kept) => void;
}

function CredentialForm({ kind, kept, onKept }: CredentialFormProps) {
  const form = kindForms.find((one) => one.kind === kind);
  const { name, slug, region, terms } = kept;
  const set = (part: Partial<Kept>) => onKept({ ...kept, ...part });
  const [credential, setCredential] = useState<Record<string, string>>({});
  const saving = useStore({
    kind,
    name,
    slug,
    region: form?.hasRegion === true ? region : "",
    credential,
    terms: termsOfKind(kind, terms),
  });
  if (form === undefined) return null;
  const refused = saving.error === undefined ? undefined : asApiError(saving.error);
  const isTyped = [name, slug, region, ...Object.values(credential), ...Object.values(terms)].some(
    (text) => text !== "",
  );
  const fieldError = (field: string) => (isAbout(refused?.param, field) ? refused?.message : undefined);
  return (
    <SaveForm
      saving={saving}
      layout="stack"
      verb="Store and test"
      refusal="It was not stored"
      cancelPath="/credentials"
    >
      <LeaveGuard isUnsaved={isTyped && !saving.isBusy} />
      <Panel title={form.title} lead={form.when}>
        <div className="form">
          <div className="form-row">
            <TextField
              label="Name"
              required
              value={name}
              onChange={(text) => set({ name: text })}
              error={fieldError("name")}
              hint="For people, such as Bedrock production."
            />
            <TextField
              label="Slug"
              isOptional
              value={slug}
              onChange={(text) => set({ slug: text })}
              error={fieldError("slug")}
              hint="How requests name it: @slug/model. Made from the name where it is empty."
            />
          </div>
          <CredentialFields
            {...{ form, credential, setCredential, region, fieldError }}
            setRegion={(text) => set({ region: text })}
          />
        </div>
      </Panel>
      <TermFields kind={kind} terms={terms} onChange={(next) => set({ terms: next })} fieldError={fieldError} />
    </SaveForm>
  );
}

/** `param` may be a path into the credential, in another spelling of the field's name. */
function isAbout(param: string | undefined, field: string): boolean {
  const plain = (text: string) => (text.split(/[.[]/).at(-1) ?? "").replaceAll(/^aws|[_-]/gi, "").toLowerCase();
  return param !== undefined && (plain(param) === plain(field) || param.startsWith(`${field}.`));
}

interface Filled extends Kept {
  kind: Kind;
  credential: Record<string, string>;
}

function useStore({ kind, name, slug, region, credential, terms }: Filled) {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const goOn = useGoOn();
  const say = useSay();
  const { project } = useProject();
  return useAct(async () => {
    const given = Object.fromEntries(Object.entries(credential).filter(([, value]) => value.trim() !== ""));
    const allowed_models = listIn(terms.allowedModels);
    const allowed_regions = listIn(terms.allowedRegions);
    const expires_at = momentIn(terms.expiresAt);
    const attribution = attributionIn(terms);
    const stored = await answerOf(
      control.api.POST("/v1/virtual-keys", {
        params: { query: { workspace_id: project.id } },
        body: {
          name,
          kind,
          credential: given,
          ...(slug !== "" && { slug }),
          ...(region !== "" && { region: region.trim() }),
          ...(terms.note !== "" && { note: terms.note }),
          ...(allowed_models !== undefined && { allowed_models }),
          ...(allowed_regions !== undefined && { allowed_regions }),
          ...(expires_at !== undefined && { expires_at }),
          ...(attribution !== undefined && { attribution }),
        },
      }),
    );
    // The page that follows knows no more of them.
    if (stored.warnings.length > 0) say(stored.warnings.join(" "));
    void queries.invalidateQueries();
    await goOn(`${name} is stored. It was not tested yet.`, () =>
      navigate({ to: "/credentials/$slug", params: { slug: stored.slug }, search: { test: true } }),
    );
  });
}
