/** What a project keeps of its calls, and for how long. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { changedIn } from "../../controls/forms/changed-in.ts";
import { LeaveGuard, useMerged } from "../../controls/forms/edited.tsx";
import { CheckField, SelectField, TextField } from "../../controls/forms/field.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { Await } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { errorsByField } from "../../controls/forms/field-errors.ts";

type Settings = Schemas["LogSettings"];

const contentWords: Readonly<Record<Settings["content"], string>> = {
  none: "of none: no word of what was said is kept",
  sealed: "of none, but for items of responses that clients refer to, sealed",
  errors: "of calls that failed",
  sampled: "of a share of the calls",
  all: "of all calls",
};

export function LogSettings() {
  const control = useControl();
  const { project } = useProject();
  const params = { query: { workspace_id: project.id } };
  const query = useQuery({
    queryKey: ["log-settings", project.id],
    queryFn: () => answerOf(control.api.GET("/v1/logs/settings", { params })),
  });
  return (
    <Await query={query} what="settings of the logs">
      {(settings) => <SettingsForm settings={settings} />}
    </Await>
  );
}

/** As the fields hold it. */
interface Terms {
  content: Settings["content"];
  percent: string;
  contentDays: string;
  recordDays: string;
  drainStreams: boolean;
}

function termsOf({ content, sample_percent, content_days, record_days, drain_streams }: Settings): Terms {
  return {
    content,
    percent: String(sample_percent),
    contentDays: String(content_days),
    recordDays: record_days === null ? "" : String(record_days),
    drainStreams: drain_streams,
  };
}

function bodyOf({ content, percent, contentDays, recordDays, drainStreams }: Terms) {
  return {
    content,
    sample_percent: Number(percent),
    content_days: Number(contentDays),
    record_days: recordDays.trim() === "" ? null : Number(recordDays),
    drain_streams: drainStreams,
  };
}

/** What such terms would have deleted that stays as it is now. */
function lossOf({ contentDays, recordDays }: Terms, now: Settings): string[] {
  const { content_days, record_days } = bodyOf({ ...termsOf(now), contentDays, recordDays });
  const isFewer = record_days !== null && (now.record_days === null || record_days < now.record_days);
  return [
    ...(content_days < now.content_days ? [`what was said in calls of more than ${content_days} days ago`] : []),
    ...(isFewer ? [`all records of calls of more than ${record_days} days ago`] : []),
  ];
}

function SettingsForm({ settings }: { settings: Settings }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const { terms, setTerms, isUnsaved, accept } = useMerged(termsOf(settings));
  /** What the press of the moment would have deleted, while its reader is asked. */
  const [loss, setLoss] = useState<readonly string[]>([]);
  const save = async () => {
    const params = { query: { workspace_id: project.id } };
    await answerOf(
      control.api.PUT("/v1/logs/settings", { params, body: changedIn(bodyOf(terms), bodyOf(termsOf(settings))) }),
    );
    await queries.invalidateQueries();
    accept();
    say("Saved. It holds for calls that begin from now on; how long, for all.");
  };
  const saving = useAct(save);
  const press = () => {
    const lost = lossOf(terms, settings);
    if (lost.length === 0) saving.run();
    else setLoss(lost);
  };
  return (
    <Panel
      title={`What ${project.name} keeps of its calls`}
      lead="Records say what a call was, took and cost. Content is what was said in it; secrets are taken out before it is kept."
    >
      <ConfirmDialog
        title="Delete what is older?"
        verb="Save, and delete it"
        isOpen={loss.length > 0}
        onClose={() => setLoss([])}
        run={save}
      >
        <p>
          The project then loses {loss.join(", and ")}. It does not come back, also where the days are raised again.
        </p>
      </ConfirmDialog>
      <SaveForm saving={{ ...saving, run: press }} layout="form">
        <LeaveGuard isUnsaved={isUnsaved && !saving.isBusy} />
        <TermFields
          terms={terms}
          set={(part) => setTerms({ ...terms, ...part })}
          fieldError={errorsByField(saving.error)}
        />
      </SaveForm>
    </Panel>
  );
}

interface TermFieldsProps {
  terms: Terms;
  set: (part: Partial<Terms>) => void;
  fieldError: (field: string) => string | undefined;
}

function TermFields({ terms, set, fieldError }: TermFieldsProps) {
  const days = { inputMode: "numeric" as const, pattern: "[0-9]*" };
  return (
    <>
      <div className="form-row">
        <SelectField
          label="Requests and answers are kept"
          value={terms.content}
          onChange={(content) => set({ content: content as Settings["content"] })}
        >
          {Object.entries(contentWords).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </SelectField>
        {terms.content === "sampled" && (
          <TextField
            label="Share in percent"
            {...days}
            required
            value={terms.percent}
            onChange={(percent) => set({ percent })}
            error={fieldError("sample_percent")}
          />
        )}
      </div>
      <div className="form-row">
        <TextField
          label="Days that content stays"
          {...days}
          required
          value={terms.contentDays}
          onChange={(contentDays) => set({ contentDays })}
          error={fieldError("content_days")}
        />
        <TextField
          label="Days that records stay"
          isOptional
          {...days}
          value={terms.recordDays}
          onChange={(recordDays) => set({ recordDays })}
          error={fieldError("record_days")}
          hint="Empty: for ever."
        />
      </div>
      <CheckField
        label="A stream that its caller leaves is read to its end, for its true cost; AWS bills that end too"
        checked={terms.drainStreams}
        onChange={(drainStreams) => set({ drainStreams })}
      />
    </>
  );
}
