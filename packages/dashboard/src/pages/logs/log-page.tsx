/** One call, explained: why it ended as it did, where its time and its money went, what was said. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import type { LogDetail } from "../../api/objects.ts";
import { CopyButton, CopyText } from "../../controls/copy.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { Badge, Facts, Moment } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { InItsProject } from "../../frame/in-its-project.tsx";
import { KeyLink } from "../keys/key-name.tsx";
import { useProject } from "../../session/project.ts";
import { explain } from "./explain.ts";
import { statusKind } from "./log-columns.tsx";
import { AttemptsPanel, CostPanel, TimePanel } from "./log-figures.tsx";
import { ContentPanel, type Content } from "./log-content.tsx";
import { JudgedPanels } from "./log-judged.tsx";
import { ReplayPanel } from "./replay.tsx";
import { WhyPanel } from "./why.tsx";

export function LogPage() {
  const { id } = useParams({ from: "/frame/logs/$id" });
  const control = useControl();
  const query = useQuery({
    queryKey: ["log", id],
    queryFn: () => answerOf(control.api.GET("/v1/logs/{log}", { params: { path: { log: id } } })),
  });
  return (
    <Page
      title="Call"
      back={<Link to="/logs">← Logs</Link>}
      lead={<CopyText text={id} label="the request id" />}
      actions={<CopyLink />}
    >
      <Await query={query} what="call">
        {(log) => (
          <InItsProject id={log.workspace_id}>
            <Whole log={log} />
          </InItsProject>
        )}
      </Await>
    </Page>
  );
}

/** For those who may see the project. It is named: their own first one may be another. */
function CopyLink() {
  const { project } = useProject();
  const link = new URL(location.href);
  link.searchParams.set("project", project.slug);
  return (
    <span className="copy-text">
      <span className="soft">Link</span>
      <CopyButton text={link.href} label="the link to this call" />
    </span>
  );
}

function Whole({ log }: { log: LogDetail }) {
  const { canChange } = useProject();
  const content = log.content as Content | null;
  return (
    <>
      <Panel
        title="What happened"
        actions={<Badge kind={statusKind(log.response_status_code)}>{log.response_status_code}</Badge>}
      >
        <ul className="explanation">
          {explain(log).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <About log={log} />
      </Panel>
      <WhyPanel id={log.id} />
      <div className="config-sides">
        <TimePanel log={log} />
        <CostPanel log={log} />
      </div>
      {log.attempts.length > 0 && <AttemptsPanel log={log} />}
      <JudgedPanels log={log} />
      <ContentPanel content={content} />
      {canChange && content?.request?.text !== undefined && content.request.text !== null && (
        <ReplayPanel id={log.id} asked={content.request.text} />
      )}
    </>
  );
}

function About({ log }: { log: LogDetail }) {
  const { created_at, ai_model, model_used, region, credential, route, dialect, client, trace_id, config } = log;
  const none = <span className="soft">—</span>;
  const text = (value: string | null) => value ?? none;
  return (
    <Facts
      facts={[
        ["Time", <Moment key="time" at={created_at} withSeconds />],
        ["Asked for", <code key="asked">{ai_model ?? "—"}</code>],
        ["Answered by", <code key="used">{model_used ?? "—"}</code>],
        ["Region", text(region)],
        ["Signed with", text(credential)],
        ["Route", text(route)],
        ["Dialect", `${dialect}${log.stream ? ", streamed" : ""}`],
        ["Gateway key", log.api_key_id === null ? none : <KeyLink key="key" id={log.api_key_id} />],
        ["Client", text(client)],
        ["Config", text(config)],
        ["Prompt", log.prompt === null ? none : `${log.prompt.id}, version ${log.prompt.version}`],
        [
          "Trace",
          <Link key="trace" to="/traces/$id" params={{ id: trace_id }}>
            {trace_id}
          </Link>,
        ],
        [
          "AWS's request id",
          log.aws_request_id === null ? (
            none
          ) : (
            <CopyText key="aws" text={log.aws_request_id} label="AWS's request id" />
          ),
        ],
        ["Left out", log.dropped.length === 0 ? none : log.dropped.join(", ")],
        [
          "Metadata",
          Object.keys(log.metadata).length === 0
            ? none
            : Object.entries(log.metadata)
                .map(([name, value]) => `${name}=${value}`)
                .join(", "),
        ],
      ]}
    />
  );
}
