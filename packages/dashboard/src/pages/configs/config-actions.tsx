import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { useSay } from "../../controls/messages.tsx";
import { useProject } from "../../session/project.ts";
import type { Config } from "./config-page.tsx";

export function ConfigActions({ config: { slug, name, status, is_default } }: { config: Config }) {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const { project } = useProject();
  const [asked, setAsked] = useState<"switch" | "delete">();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const close = () => setAsked(undefined);
  const setStatus = async (next: "active" | "inactive") => {
    await answerOf(control.api.PUT("/v1/configs/{slug}", { params, body: { status: next } }));
    say(next === "active" ? "Switched on." : "Switched off. It can be switched on again.");
    await queries.invalidateQueries();
  };
  const remove = async () => {
    await answerOf(control.api.DELETE("/v1/configs/{slug}", { params }));
    say(`${name} was deleted.`);
    await navigate({ to: "/configs" });
    void queries.invalidateQueries();
  };
  const breaks = (
    <p>
      Requests that name <code>{slug}</code> are refused from then on.
      {is_default === 1 && " It is the project's default: requests that name none go on without a config."}
    </p>
  );
  return (
    <>
      <Button onClick={() => (status === "inactive" ? void setStatus("active") : setAsked("switch"))}>
        {status === "inactive" ? "Switch on" : "Switch off"}
      </Button>
      <Button variant="danger" onClick={() => setAsked("delete")}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Switch ${name} off?`}
        verb="Switch off"
        isOpen={asked === "switch"}
        onClose={close}
        run={() => setStatus("inactive")}
      >
        {breaks}
      </ConfirmDialog>
      <ConfirmDialog
        title={`Delete ${name}?`}
        verb="Delete"
        name={slug}
        isOpen={asked === "delete"}
        onClose={close}
        run={remove}
      >
        {breaks}
        <p>All its versions go with it. What still points to it keeps it from being deleted, and is named.</p>
      </ConfirmDialog>
    </>
  );
}
