/** What the gateway knows of the causes: why it failed, was slow or was dear, by which signs, and what to do. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { CodeBlock } from "../../controls/copy.tsx";
import { Panel } from "../../controls/page.tsx";
import { Badge, type StateKind } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";

type Cause = Schemas["LogExplained"]["causes"][number];

const aboutWords: Readonly<Record<Cause["about"], { words: string; kind: StateKind }>> = {
  failure: { words: "why it failed", kind: "bad" },
  slowness: { words: "why it took long", kind: "waiting" },
  cost: { words: "why it cost much", kind: "waiting" },
  notice: { words: "worth knowing", kind: "info" },
};

export function WhyPanel({ id }: { id: string }) {
  const control = useControl();
  const query = useQuery({
    queryKey: ["log-why", id],
    queryFn: () => answerOf(control.api.GET("/v1/logs/{log}/explain", { params: { path: { log: id } } })),
  });
  return (
    <Panel title="Why" lead="Causes by their signs in the record, and what to do.">
      <Await query={query} what="causes">
        {({ causes }) =>
          causes.length === 0 ? (
            <p className="soft">Nothing about it is out of the ordinary.</p>
          ) : (
            <ul className="causes">
              {causes.map((cause) => (
                <CauseView key={cause.id} cause={cause} />
              ))}
            </ul>
          )
        }
      </Await>
    </Panel>
  );
}

function CauseView({ cause: { about, cause, evidence, remedy, paste } }: { cause: Cause }) {
  const { words, kind } = aboutWords[about];
  return (
    <li>
      <p>
        <Badge kind={kind}>{words}</Badge> <strong>{cause}</strong>
      </p>
      <p>{remedy}</p>
      {evidence.length > 0 && <p className="hint">Signs: {evidence.join("; ")}</p>}
      {paste !== null && <CodeBlock code={JSON.stringify(paste, undefined, 2)} label="what to paste" />}
    </li>
  );
}
