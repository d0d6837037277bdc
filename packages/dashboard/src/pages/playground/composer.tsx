/** Where the question is written, with what goes along. */
import type { Dispatch, SetStateAction } from "react";
import { Button } from "../../controls/button.tsx";
import { asApiError } from "../../api/api-error.ts";
import { AreaField, Field } from "../../controls/forms/field.tsx";
import { useSay } from "../../controls/messages.tsx";
import type { Part } from "./chat-call.ts";
import { Form } from "../../controls/forms/form.tsx";

/** A file that goes along, by its name. */
export interface Attachment {
  name: string;
  part: Part;
}

/** What is written and not sent yet. */
export interface Draft {
  text: string;
  attachments: readonly Attachment[];
}

export const noDraft: Draft = { text: "", attachments: [] };

export function contentOf({ text, attachments }: Draft): string | Part[] {
  return attachments.length === 0 ? text : [...attachments.map(({ part }) => part), { type: "text", text }];
}

interface ComposerProps {
  draft: Draft;
  onChange: Dispatch<SetStateAction<Draft>>;
  isRunning: boolean;
  /** False where nothing was sent: what is written stays then. */
  onAsk: (asked: string | Part[]) => boolean;
  onStop: () => void;
}

export function Composer({ draft, onChange, isRunning, onAsk, onStop }: ComposerProps) {
  const say = useSay();
  const { text, attachments } = draft;
  const ask = () => {
    if (isRunning || (text.trim() === "" && attachments.length === 0)) return;
    if (onAsk(contentOf(draft))) onChange(noDraft);
  };
  const attach = async (files: readonly File[]) => {
    const read = await Promise.allSettled(files.map(attachmentOf));
    const more = read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    // Files take their time: what was typed and chosen meanwhile stays.
    onChange((now) => ({ ...now, attachments: [...now.attachments, ...more] }));
    for (const one of read) if (one.status === "rejected") say(asApiError(one.reason).message);
  };
  return (
    <Form className="panel" onSubmit={ask}>
      <AreaField
        label="Message"
        rows={3}
        value={text}
        onChange={(next) => onChange((now) => ({ ...now, text: next }))}
        placeholder="Ask all columns. Ctrl+Enter sends."
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask();
        }}
      />
      <Attachments
        attachments={attachments}
        onRemove={(gone) => onChange((now) => ({ ...now, attachments: now.attachments.filter((one) => one !== gone) }))}
      />
      <div className="play-send">
        <FileField onFiles={(files) => void attach(files)} />
        {isRunning ? (
          <Button onClick={onStop} icon="cross">
            Stop
          </Button>
        ) : (
          <Button type="submit" variant="primary" icon="play">
            Send
          </Button>
        )}
      </div>
    </Form>
  );
}

/** What was chosen stands above: the field is empty again, and takes the same file once more. */
function FileField({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  return (
    <Field label="Images and files" isOptional>
      {(given) => (
        <input
          {...given}
          type="file"
          multiple
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            event.currentTarget.value = "";
            onFiles(files);
          }}
        />
      )}
    </Field>
  );
}

interface AttachmentsProps {
  attachments: readonly Attachment[];
  onRemove: (attachment: Attachment) => void;
}

function Attachments({ attachments, onRemove }: AttachmentsProps) {
  if (attachments.length === 0) return null;
  return (
    <ul className="chips plain-list" aria-label="What goes along">
      {attachments.map((attachment, index) => (
        <li key={index} className="chip">
          {attachment.name}{" "}
          <Button
            variant="quiet"
            icon="cross"
            aria-label={`Take ${attachment.name} away`}
            onClick={() => onRemove(attachment)}
          />
        </li>
      ))}
    </ul>
  );
}

async function attachmentOf(file: File): Promise<Attachment> {
  const url = await dataUrl(file);
  const { name } = file;
  return file.type.startsWith("image/")
    ? { name, part: { type: "image_url", image_url: { url } } }
    : { name, part: { type: "file", file: { file_data: url, filename: name } } };
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(new Error(`${file.name} cannot be read.`));
    const reader = new FileReader();
    reader.addEventListener("load", () => (typeof reader.result === "string" ? resolve(reader.result) : refuse()));
    reader.addEventListener("error", refuse);
    reader.readAsDataURL(file);
  });
}
