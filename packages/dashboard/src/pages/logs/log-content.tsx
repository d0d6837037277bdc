/** What was said, on both sides of the gateway, where the project keeps it. */
import { Link } from "@tanstack/react-router";
import { CodeBlock } from "../../controls/copy.tsx";
import { indented } from "../../controls/forms/form-text.ts";
import { Panel } from "../../controls/page.tsx";
import { PageTabs } from "../../controls/tabs.tsx";

interface KeptPart {
  text: string | null;
  base64: string | null;
  /** Where the bytes are AWS's event stream: its events, in their order. */
  frames?: readonly Record<string, unknown>[];
  is_cut: boolean;
}

/** As the gateway keeps it. */
export interface Content {
  request: KeptPart | null;
  exchanges: { sent: KeptPart | null; received: KeptPart | null }[];
  response: KeptPart | null;
  response_events: { at_ms: number; text: string }[] | null;
}

export function ContentPanel({ content }: { content: Content | null }) {
  if (content === null) {
    return (
      <Panel title="Request and answer">
        <p className="soft">
          They were not kept. Whether a project keeps what is said is for its admins to choose:{" "}
          <Link to="/settings" search={{ tab: "logs" }}>
            Settings, Logs
          </Link>
          .
        </p>
      </Panel>
    );
  }
  const { request, response, exchanges, response_events: events } = content;
  const tabs = [
    { id: "caller", label: "Caller and gateway", content: <Sides left={request} right={response} of="caller" /> },
    ...exchanges.map(({ sent, received }, index) => ({
      id: `aws-${index}`,
      label: exchanges.length === 1 ? "Gateway and AWS" : `Gateway and AWS, attempt ${index + 1}`,
      content: <Sides left={sent} right={received} of={`attempt ${index + 1}`} />,
    })),
    ...(events === null ? [] : [{ id: "events", label: "Events", content: <Events events={events} /> }]),
  ];
  return (
    <Panel title="Request and answer" lead="As they were kept: secrets are taken out.">
      <PageTabs label="Sides" tabs={tabs} />
    </Panel>
  );
}

function Sides({ left, right, of }: { left: KeptPart | null; right: KeptPart | null; of: string }) {
  return (
    <div className="config-sides">
      <Side title="Request" part={left} of={of} />
      <Side title="Answer" part={right} of={of} />
    </div>
  );
}

function Side({ title, part, of }: { title: string; part: KeptPart | null; of: string }) {
  return (
    <div className="stack">
      <h3>{title}</h3>
      {part === null ? (
        <p className="soft">None was kept.</p>
      ) : (
        <CodeBlock code={wordsOf(part)} label={`the ${title.toLowerCase()} of the ${of}`} />
      )}
      {part?.is_cut === true && <p className="hint">It was longer, and is cut here.</p>}
    </div>
  );
}

/** A stream of frames is told an event a line, as text streams are. */
function wordsOf({ text, base64, frames }: KeptPart): string {
  if (text !== null) return indented(text);
  if (frames !== undefined) return frames.map((frame) => JSON.stringify(frame)).join("\n");
  return `Bytes, in base64:\n${base64 ?? ""}`;
}

/** The stream as it went out: each event with its moment. */
function Events({ events }: { events: readonly { at_ms: number; text: string }[] }) {
  return (
    <ol className="events" tabIndex={0} aria-label="Events of the stream">
      {events.map(({ at_ms, text }, index) => (
        <li key={index}>
          <span className="number soft">{Math.round(at_ms)} ms</span>
          <code>{text}</code>
        </li>
      ))}
    </ol>
  );
}
