/** Settings: who may do what, projects, the master key. */
import { Page } from "../../controls/page.tsx";
import { EmptyState } from "../../controls/states.tsx";
import { PageTabs, type Tab } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";
import { isGatewayAdmin, useSignedIn } from "../../session/session.ts";
import { LogSettings } from "./log-settings.tsx";
import { MasterKey } from "./master-key.tsx";
import { Members } from "./members.tsx";
import { People } from "./people.tsx";
import { Projects } from "./projects.tsx";

export function SettingsPage() {
  const { isAdmin, project } = useProject();
  const isOverAll = isGatewayAdmin(useSignedIn());
  const tabs: Tab[] = [
    ...(isOverAll
      ? [
          { id: "people", label: "People", content: <People /> },
          { id: "projects", label: "Projects", content: <Projects /> },
        ]
      : []),
    ...(isAdmin ? [{ id: "members", label: `Members of ${project.name}`, content: <Members /> }] : []),
    ...(isAdmin ? [{ id: "logs", label: "Logs", content: <LogSettings /> }] : []),
    ...(isOverAll ? [{ id: "master-key", label: "Master key", content: <MasterKey /> }] : []),
  ];
  return (
    <Page title="Settings">
      {tabs.length === 0 ? (
        <EmptyState icon="settings" title="For admins">
          Settings are for admins of the project or of the gateway. Ask one for what you need.
        </EmptyState>
      ) : (
        <PageTabs label="Settings" tabs={tabs} />
      )}
    </Page>
  );
}
