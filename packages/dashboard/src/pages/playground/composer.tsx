/** Where the question is written, with what goes along. */
import { useState } from "react";
import { Button } from "../../controls/button.tsx";
import { AreaField, Field } from "../../controls/field.tsx";
import type { Part } from "./chat-call.ts";

interface ComposerProps {
  isRunning: boolean;
  onAsk: (asked: string | Part[]) => void;
  onStop: () => void;
  text: string;
  onText: (text: string) => void;
}

export function Composer({ isRunning, onAsk, onStop, text, onText }: ComposerProps) {
  const [parts, setParts] = useState<Part[]>([]);
  const ask = () => {
    if (isRunning || (text.trim() === "" && parts.length === 0)) return;
    onAsk(parts.length === 0 ? text : [...parts, { type: "text", text }]);
    onText("");
    setParts([]);
  };
  return (
    <form
      className="panel"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <AreaField
        label="Message"
        rows={3}
        value={text}
        onChange={onText}
        placeholder="Ask all columns. Ctrl+Enter sends."
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask();
        }}
      />
      <div className="play-send">
        <Field label="Images and files" isOptional>
          {(given) => (
            <input
              {...given}
              type="file"
              multiple
              onChange={(event) => void partsOf(event.currentTarget.files).then(setParts)}
            />
          )}
        </Field>
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
    </form>
  );
}

function partsOf(files: FileList | null): Promise<Part[]> {
  return Promise.all(
    [...(files ?? [])].map(async (file): Promise<Part> => {
      const url = await dataUrl(file);
      return file.type.startsWith("image/")
        ? { type: "image_url", image_url: { url } }
        : { type: "file", file: { file_data: url, filename: file.name } };
    }),
  );
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
