/** Changing a credential: its name and bounds, or its secret, which replaces the whole one before. One that follows another has its own name and end. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import type { Credential } from "../../api/objects.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { changedIn } from "../../controls/forms/changed-in.ts";
import { CheckField, TextField } from "../../controls/forms/field.tsx";
import { LeaveGuard, useMerged } from "../../controls/forms/edited.tsx";
import { errorsUnder } from "../../controls/forms/field-errors.ts";
import { listIn, localMoment, momentIn, pairsText } from "../../controls/forms/form-text.ts";
import { useSay } from "../../controls/messages.tsx";
import { Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { Callout, ErrorPanel } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { CredentialFields } from "./credential-fields.tsx";
import { kindForms } from "./kinds.ts";
import { RegionField, regionHint } from "./region-field.tsx";
import { TermFields } from "./term-fields.tsx";
import { attributionIn, type Terms } from "./terms.ts";
import { Form } from "../../controls/forms/form.tsx";

type EditTerms = Terms & { name: string; region: string };

function termsOf(credential: Credential): EditTerms {
  const { name, region, allowed_models, allowed_regions, expires_at, note, attribution } = credential;
  return {
    name,
    region: region ?? "",
    allowedModels: (allowed_models ?? []).join("\n"),
    allowedRegions: (allowed_regions ?? []).join("\n"),
    expiresAt: localMoment(expires_at),
    note: note ?? "",
    requestMetadata: pairsText(attribution?.request_metadata),
    sessionTags: pairsText(attribution?.session_tags),
    sessionName: attribution?.session_name ?? "",
  };
}

/** A moment that was not touched stays what it was, to the second. */
function expiryOf(terms: Terms, { expires_at }: Credential): string | null {
  return terms.expiresAt === localMoment(expires_at) ? expires_at : (momentIn(terms.expiresAt) ?? null);
}

function bodyOf(credential: Credential, { name, region, ...terms }: EditTerms) {
  return {
    name,
    ...(credential.kind !== "openai_compatible" && { region: region.trim() === "" ? null : region.trim() }),
    note: terms.note === "" ? null : terms.note,
    allowed_models: listIn(terms.allowedModels) ?? null,
    allowed_regions: listIn(terms.allowedRegions) ?? null,
    expires_at: expiryOf(terms, credential),
    ...(credential.kind !== "openai_compatible" && { attribution: attributionIn(terms) ?? null }),
  };
}

function useSave(credential: Credential) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  return async (body: Schemas["VirtualKeyUpdate"]) => {
    const { warnings } = await answerOf(
      control.api.PUT("/v1/virtual-keys/{slug}", {
        params: { path: { slug: credential.slug }, query: { workspace_id: project.id } },
        body,
      }),
    );
    await queries.invalidateQueries();
    say("Saved.");
    return warnings;
  };
}

export function EditCredential({ credential }: { credential: Credential }) {
  const save = useSave(credential);
  const follows = credential.integration !== null;
  const { terms, setTerms, isUnsaved, accept } = useMerged(termsOf(credential));
  const set = (part: Partial<EditTerms>) => setTerms({ ...terms, ...part });
  const saving = useAct(async () => {
    await save(changedIn(bodyOf(credential, terms), bodyOf(credential, termsOf(credential))));
    accept();
  });
  const fieldError = errorsUnder(saving.error);
  return (
    <>
      <Panel title="Change it">
        <SaveForm saving={saving} layout="form">
          <LeaveGuard isUnsaved={isUnsaved && !saving.isBusy} />
          <div className="form-row">
            <TextField
              label="Name"
              required
              value={terms.name}
              onChange={(name) => set({ name })}
              error={fieldError("name")}
            />
            {credential.kind !== "openai_compatible" && !follows && (
              <RegionField
                label="Region"
                isOptional
                value={terms.region}
                onChange={(region) => set({ region })}
                error={fieldError("region")}
                hint={regionHint}
              />
            )}
          </div>
          <TermFields
            kind={credential.kind}
            isOwnEndAlone={follows}
            terms={terms}
            onChange={set}
            fieldError={fieldError}
          />
        </SaveForm>
      </Panel>
      {credential.kind !== "server_chain" && !follows && <ReplaceSecret credential={credential} />}
    </>
  );
}

function ReplaceSecret({ credential }: { credential: Credential }) {
  const save = useSave(credential);
  const form = kindForms.find(({ kind }) => kind === credential.kind);
  const [isOpen, setIsOpen] = useState(false);
  const [given, setGiven] = useState<Record<string, string>>({});
  const [warnings, setWarnings] = useState<readonly string[]>([]);
  const { run, error, isBusy } = useAct(async () => {
    const parts = Object.fromEntries(Object.entries(given).filter(([, value]) => value.trim() !== ""));
    setWarnings(await save({ kind: credential.kind, credential: parts }));
    setGiven({});
    setIsOpen(false);
  });
  if (form === undefined) return null;
  return (
    <Panel
      title="Replace the secret"
      lead="The new one counts at once, in every gateway. Keys, connectors and configs that use it stay as they are."
    >
      <Form className="form" onSubmit={run}>
        <CheckField label="I have a new one" checked={isOpen} onChange={setIsOpen} />
        {isOpen && (
          <>
            <CredentialFields form={form} credential={given} setCredential={setGiven} fieldError={() => undefined} />
            {error !== undefined && <ErrorPanel error={error} title="It was not replaced" />}
            <div className="form-end">
              <Button type="submit" variant="primary" isBusy={isBusy}>
                Replace
              </Button>
            </div>
          </>
        )}
        {warnings.length > 0 && <Callout kind="warning">{warnings.join(" ")}</Callout>}
      </Form>
    </Panel>
  );
}
