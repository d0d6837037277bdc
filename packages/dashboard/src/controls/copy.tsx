/** Texts to take along. */
import { useState } from "react";
import { Icon } from "./icon.tsx";
import { useSay } from "./messages.tsx";

function useCopy(text: string): { isCopied: boolean; copy: () => void } {
  const [isCopied, setIsCopied] = useState(false);
  const say = useSay();
  const copy = () => {
    putInClipboard(text).then(
      () => {
        setIsCopied(true);
        say("Copied.");
        setTimeout(() => setIsCopied(false), 1_500);
      },
      () => say("The browser did not let it be copied. Select the text instead."),
    );
  };
  return { isCopied, copy };
}

/** Over plain HTTP from another machine a browser has no `clipboard`, and hands what is copied to whoever asks for it. */
async function putInClipboard(text: string): Promise<void> {
  const { clipboard } = navigator as { clipboard?: Clipboard };
  if (clipboard !== undefined) return clipboard.writeText(text);
  const hand = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", hand, { capture: true, once: true });
  const isCopied = document.execCommand("copy");
  document.removeEventListener("copy", hand, { capture: true });
  if (!isCopied) throw new Error("The browser does not copy here.");
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { isCopied, copy } = useCopy(text);
  return (
    <button type="button" className="copy-button" onClick={copy} aria-label={`Copy ${label}`} title={`Copy ${label}`}>
      <Icon name={isCopied ? "check" : "copy"} />
    </button>
  );
}

/** A short text with its button. */
export function CopyText({ text, label }: { text: string; label: string }) {
  return (
    <span className="copy-text">
      <code>{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}

/** A block of code. Long lines scroll by keyboard too. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className="code-block">
      <CopyButton text={code} label={label} />
      <pre tabIndex={0} aria-label={label} role="region">
        <code>{code}</code>
      </pre>
    </div>
  );
}
