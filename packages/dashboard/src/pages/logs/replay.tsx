/** The same request again, or another: what is answered now, beside what was answered then. */
import { useState } from "react";
import { apiErrorFrom, unreachable } from "../../api/api-error.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { TextDifference } from "../../controls/difference.tsx";
import { AreaField } from "../../controls/field.tsx";
import { indented, jsonFault } from "../../controls/form-text.ts";
import { Panel } from "../../controls/page.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import { usePlaygroundKey } from "../playground/playground-key.ts";
import type { LogDetail } from "./log-page.tsx";

interface ReplayProps {
  log: LogDetail;
  asked: string;
  answered: string | undefined;
}

export function ReplayPanel({ log: { request_url, request_method }, asked, answered }: ReplayProps) {
  const key = usePlaygroundKey();
  const [body, setBody] = useState(() => indented(asked));
  const [answer, setAnswer] = useState<string>();
  const { run, error, isBusy } = useAct(async () => {
    setAnswer(undefined);
    setAnswer(await send(request_method, request_url, body, await key()));
  });
  const fault = jsonFault(body);
  return (
    <Panel
      title="Ask again"
      lead="A real call of the same path, with a gateway key of your own. Headers of then, such as a config, do not go along."
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <AreaField label="Body" className="mono" rows={8} value={body} onChange={setBody} error={fault} />
        <div>
          <Button type="submit" variant="primary" icon="play" isBusy={isBusy} disabled={fault !== undefined}>
            Send it again
          </Button>
        </div>
      </form>
      {error !== undefined && <ErrorPanel error={error} />}
      {answer !== undefined && (
        <>
          <h3>What is different from then</h3>
          <TextDifference
            before={answered === undefined ? undefined : indented(answered)}
            after={indented(answer)}
            label="the answer, and what is different from then"
          />
        </>
      )}
    </Panel>
  );
}

async function send(method: string, path: string, body: string, key: string): Promise<string> {
  const url = new URL(path, location.origin);
  // Whatever a record says: nothing goes to another host.
  const response = await fetch(`${url.pathname}${url.search}`, {
    method,
    credentials: "omit",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body,
  }).catch((cause: unknown) => Promise.reject(unreachable(cause)));
  const text = await response.text();
  if (response.ok) return text;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    read = undefined;
  }
  throw apiErrorFrom(response, read);
}
