import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { useSay } from "../../controls/messages.tsx";
import { useProject } from "../../session/project.ts";
import type { Credential } from "./credential-page.tsx";
import { UsesOfCredential } from "./uses.tsx";

/** Switching off can be undone; deleting cannot. Both say what they would break. */
export function CredentialActions({ credential }: { credential: Credential }) {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const { project } = useProject();
  const [asked, setAsked] = useState<"switch" | "delete">();
  const { slug, name, status } = credential;
  const isOff = status === "disabled";
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const setDisabled = async (disabled: boolean) => {
    await answerOf(control.api.PUT("/v1/virtual-keys/{slug}", { params, body: { disabled } }));
    say(disabled ? "Switched off. It can be switched on again." : "Switched on.");
    await queries.invalidateQueries();
  };
  const remove = async () => {
    await answerOf(control.api.DELETE("/v1/virtual-keys/{slug}", { params }));
    say(`${name} was deleted.`);
    await navigate({ to: "/credentials" });
    void queries.invalidateQueries();
  };
  return (
    <>
      <Button onClick={() => (isOff ? void setDisabled(false) : setAsked("switch"))}>
        {isOff ? "Switch on" : "Switch off"}
      </Button>
      <Button variant="danger" onClick={() => setAsked("delete")}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Switch ${name} off?`}
        verb="Switch off"
        isOpen={asked === "switch"}
        onClose={() => setAsked(undefined)}
        run={() => setDisabled(true)}
      >
        <p>
          Calls that it would sign are refused, or go to the next target of their config. It can be switched on again.
        </p>
        <UsesOfCredential slug={slug} />
      </ConfirmDialog>
      <ConfirmDialog
        title={`Delete ${name}?`}
        verb="Delete"
        name={slug}
        isOpen={asked === "delete"}
        onClose={() => setAsked(undefined)}
        run={remove}
      >
        <p>Its secret is gone for good. Switch it off instead if you may want it back.</p>
        <UsesOfCredential slug={slug} />
      </ConfirmDialog>
    </>
  );
}
