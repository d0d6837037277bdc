/** The first steps, followed live: a credential, a key, a client, the first call. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import type { Log } from "../../api/objects.ts";
import { useGoOn } from "../../controls/act.ts";
import { Page } from "../../controls/page.tsx";
import { Await, Callout } from "../../controls/states.tsx";
import { Moment } from "../../controls/show.tsx";
import { useProject } from "../../session/project.ts";
import { SnippetTabs } from "../keys/snippet-tabs.tsx";
import { ShownOnce } from "../keys/shown-once.tsx";
import { MakeFirstKey } from "./make-first-key.tsx";
import { Overview } from "./overview.tsx";
import { Step } from "./step.tsx";

/** A call that arrived, and whose key called where it was a stored one. */
interface Call {
  log: Log;
  keyName: string;
}

const watchMs = 1_500;

/** Asked again and again until the first call has come: somebody may be waiting for it. */
function useFirstSteps() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["first-steps", project.id],
    queryFn: async () => {
      const query = { workspace_id: project.id, limit: 1 };
      const [credentials, keys] = await Promise.all([
        answerOf(control.api.GET("/v1/virtual-keys", { params: { query } })),
        answerOf(control.api.GET("/v1/api-keys", { params: { query: { ...query, limit: 100 } } })),
      ]);
      const found = { credential: credentials.data[0], credentials: credentials.total, keys: keys.total };
      const used = keys.data.filter(({ last_used_at }) => last_used_at !== null);
      if (used.length === 0) return { ...found, newest: undefined, answered: undefined };
      // Tests of credentials are calls too, and are nobody's first.
      const ofKeys = { ...query, api_key_ids: used.map(({ id }) => id).join(",") };
      const [calls, successes] = await Promise.all([
        answerOf(control.api.GET("/v1/logs", { params: { query: ofKeys } })),
        answerOf(control.api.GET("/v1/logs", { params: { query: { ...ofKeys, status: "success" } } })),
      ]);
      const callOf = (log: Log | undefined): Call | undefined =>
        log && { log, keyName: used.find(({ id }) => id === log.api_key_id)?.name ?? "A key" };
      return { ...found, newest: callOf(calls.data[0]), answered: callOf(successes.data[0]) };
    },
    refetchInterval: ({ state }) => (state.data?.answered === undefined ? watchMs : false),
  });
}

export function StartPage() {
  const steps = useFirstSteps();
  const [secret, setSecret] = useState<string>();
  // The page itself: what makes the key may have made way for it by then.
  const goOn = useGoOn();
  const show = (made: string) =>
    void goOn("First key was made, and nobody has seen its text: rotate it.", () => setSecret(made));
  const { project, canChange } = useProject();
  return (
    <Page title="Start" lead={`From nothing to the first answer in ${project.name}: this page follows as you go.`}>
      <Await query={steps} what="first steps">
        {({ credential, credentials, keys, newest, answered }) => (
          <>
            {answered !== undefined && <Arrived call={answered} />}
            {!canChange && (
              <Callout kind="info">
                You are a viewer of this project: you see what is here, and members change it.
              </Callout>
            )}
            <ol className="steps">
              <Step number={1} title="Add a credential" isDone={credentials > 0}>
                {credential === undefined ? (
                  <CredentialStep canChange={canChange} />
                ) : (
                  <p>
                    <Link to="/credentials/$slug" params={{ slug: credential.slug }}>
                      {credential.name}
                    </Link>{" "}
                    is stored{credentials > 1 && `, and ${credentials - 1} more`}.
                  </p>
                )}
              </Step>
              <Step number={2} title="Make a gateway key" isDone={keys > 0} isNow={credentials > 0}>
                <KeyStep {...{ keys, secret, canChange, credential: credential?.slug }} onMade={show} />
              </Step>
              <Step number={3} title="Point your client here" isDone={newest !== undefined} isNow={keys > 0}>
                <p>Change two settings of the client that you have. The code stays.</p>
                <SnippetTabs secret={secret} />
              </Step>
              <Step number={4} title="Watch the first call arrive" isDone={answered !== undefined} isNow={keys > 0}>
                <FirstCall answered={answered} newest={newest} />
              </Step>
            </ol>
            <Overview credentials={credentials} keys={keys} />
          </>
        )}
      </Await>
    </Page>
  );
}

function Arrived({ call: { log } }: { call: Call }) {
  return (
    <Callout kind="good">
      <p>
        <strong>It works.</strong> Calls are answered
        {log.route === "emulator" &&
          ", by the emulator: the server has no credentials of AWS, and none signed the call"}
        . Give each application a key of its own, with no more rights than it needs.
      </p>
    </Callout>
  );
}

function CredentialStep({ canChange }: { canChange: boolean }) {
  return (
    <>
      <p>
        It signs the calls to Bedrock: a key pair, a role, a Bedrock API key, or what the server has from AWS. It is
        tested as soon as it is stored, and never shown again.
      </p>
      <p className="hint">
        None at hand? Go on with the key: calls are then signed with what the server itself has from AWS. Where that is
        nothing, a gateway that <code>npm start</code> began lets the emulator answer, and each answer says so.
      </p>
      {canChange && (
        <p>
          <Link to="/credentials/new" className="button button-primary">
            Add a credential
          </Link>
        </p>
      )}
    </>
  );
}

interface KeyStepProps {
  keys: number;
  secret: string | undefined;
  onMade: (secret: string) => void;
  canChange: boolean;
  credential: string | undefined;
}

function KeyStep({ keys, secret, onMade, canChange, credential }: KeyStepProps) {
  if (secret !== undefined) return <ShownOnce secret={secret} what="the key" />;
  if (keys > 0) {
    return (
      <p>
        {keys === 1 ? "There is a key" : `There are ${keys} keys`}. <Link to="/keys">See the keys</Link>
      </p>
    );
  }
  return (
    <>
      <p>Applications show it to the gateway. AWS never sees it, and they never see AWS's.</p>
      {canChange && <MakeFirstKey credential={credential} onMade={onMade} />}
    </>
  );
}

interface FirstCallProps {
  answered: Call | undefined;
  newest: Call | undefined;
}

/** A call that failed has arrived, and is not what was waited for. */
function FirstCall({ answered, newest }: FirstCallProps) {
  if (answered !== undefined) return <Called call={answered} words="and was answered" link="See the call" />;
  return (
    <>
      {newest !== undefined && (
        <Callout kind="warning">
          <Called
            call={newest}
            words={`and it failed with ${newest.log.response_status_code}`}
            link="See why, and what to do"
          />
        </Callout>
      )}
      <p className="loading-line" role="status">
        <span className="spinner" aria-hidden="true" /> Waiting for{" "}
        {newest === undefined ? "a call with a gateway key" : "one that succeeds"}. It is here a second or two after it
        was made. Calls with the admin key are in the <Link to="/logs">logs</Link> alone.
      </p>
    </>
  );
}

function Called({ call: { log, keyName }, words, link }: { call: Call; words: string; link: string }) {
  return (
    <p>
      <strong>{keyName}</strong> called, <Moment at={log.created_at} />, {words}.{" "}
      <Link to="/logs/$id" params={{ id: log.id }}>
        {link}
      </Link>
    </p>
  );
}
