/** What stands around every page: the ways to the others, the project, who is signed in. */
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useContext, useEffect, useRef, useState } from "react";
import { asApiError } from "../api/api-error.ts";
import adit from "../adit.svg";
import { Icon, type IconName } from "../controls/icon.tsx";
import { Menu } from "../controls/menu.tsx";
import { useSay } from "../controls/messages.tsx";
import { HiddenPage } from "../controls/hidden-page.ts";
import { Page } from "../controls/page.tsx";
import { EmptyState, ErrorPanel, Loading } from "../controls/states.tsx";
import { useFoundProject, useProjects } from "../session/project.ts";
import { isGatewayAdmin, useSession, useSignedIn, useSigning, whoIs } from "../session/session.ts";
import { OwnPassword } from "./own-password.tsx";
import { SignInAgain } from "./sign-in-again.tsx";
import { keepTheme, storedTheme, themes } from "./theme.ts";

interface Way {
  to: string;
  label: string;
  icon: IconName;
}

const groups: readonly { title: string; ways: readonly Way[] }[] = [
  {
    title: "Build",
    ways: [
      { to: "/", label: "Start", icon: "start" },
      { to: "/prompts", label: "Prompts", icon: "prompts" },
      { to: "/playground", label: "Playground", icon: "playground" },
      { to: "/models", label: "Models", icon: "models" },
    ],
  },
  {
    title: "Observe",
    ways: [
      { to: "/logs", label: "Logs", icon: "logs" },
      { to: "/traces", label: "Traces", icon: "traces" },
      { to: "/analytics", label: "Analytics", icon: "analytics" },
    ],
  },
  {
    title: "Connect",
    ways: [
      { to: "/credentials", label: "Credentials", icon: "credentials" },
      { to: "/keys", label: "Keys", icon: "keys" },
      { to: "/connectors", label: "Connectors", icon: "connectors" },
      { to: "/configs", label: "Configs", icon: "configs" },
    ],
  },
];

const guardrails: Way = { to: "/guardrails", label: "Guardrails", icon: "guardrails" };
const limits: Way = { to: "/limits", label: "Budgets and limits", icon: "limits" };
const governing: readonly Way[] = [
  guardrails,
  limits,
  { to: "/audit", label: "Audit", icon: "audit" },
  { to: "/settings", label: "Settings", icon: "settings" },
];

/** Only for who is signed in; everybody else is led to the sign-in, and from there back here. */
export function AppFrame() {
  const session = useSession();
  if (session.isPending) return <Loading what="Adit" />;
  // A gateway that is away for a moment, when its reader comes back to the tab, takes nothing from a page that stands.
  if (session.data === undefined) return <ErrorPanel error={session.error} onRetry={() => void session.refetch()} />;
  if (session.data === null) return <ToSignIn />;
  return (
    <>
      <HiddenPage key={whoIs(session.data)} value={session.data.isOver === true}>
        <SignedInFrame />
      </HiddenPage>
      <SignInAgain session={session.data} />
    </>
  );
}

/** Once: the page that was asked for is shown again behind the sign-in. */
function ToSignIn() {
  const navigate = useNavigate();
  const { href, pathname } = useLocation();
  const wanted = useRef(pathname === "/" ? undefined : href);
  useEffect(() => {
    void navigate({ to: "/sign-in", search: { next: wanted.current }, replace: true });
  }, [navigate]);
  return <Loading what="the sign-in" />;
}

/** A session that is over hides the page, and takes nothing from it. */
function SignedInFrame() {
  const isHidden = useContext(HiddenPage);
  const [isOpen, setIsOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setIsOpen(false), [pathname]);
  return (
    <div className="frame" hidden={isHidden}>
      <a className="skip-link" href="#main">
        To the page
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <img src={adit} alt="" /> Adit
        </Link>
        <button
          type="button"
          className="button button-quiet"
          aria-expanded={isOpen}
          aria-label="Menu"
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon name={isOpen ? "cross" : "menu"} />
        </button>
      </header>
      <Side isOpen={isOpen} />
      <main className="main" id="main">
        <InProject />
      </main>
    </div>
  );
}

function InProject() {
  const projects = useProjects();
  const found = useFoundProject();
  if (found !== undefined) return <Outlet key={found.project.id} />;
  if (projects.isPending) return <Loading what="your projects" />;
  if (projects.data === undefined) return <ErrorPanel error={projects.error} onRetry={() => void projects.refetch()} />;
  return projects.data.length === 0 ? (
    <Page title="No project">
      <EmptyState icon="person" title="You have no project yet">
        Everything here belongs to a project. Ask an admin to give you a role in one, under Settings, Members.
      </EmptyState>
    </Page>
  ) : (
    <Page title="No such project">
      <EmptyState
        icon="search"
        title="The project of this address is none of yours"
        action={
          <Link to="/" search={{ project: undefined }}>
            To a project of yours
          </Link>
        }
      >
        It may be mistyped or deleted, or you have no role in it: an admin gives one under Settings, Members.
      </EmptyState>
    </Page>
  );
}

function Side({ isOpen }: { isOpen: boolean }) {
  const isAdmin = useFoundProject()?.isAdmin === true;
  return (
    <nav className={isOpen ? "side is-open" : "side"} aria-label="Pages">
      <Link to="/" className="brand">
        <img src={adit} alt="" /> Adit
      </Link>
      <ProjectMenu />
      {groups.map(({ title, ways }) => (
        <Ways key={title} title={title} ways={ways} />
      ))}
      <Ways title="Govern" ways={isAdmin ? governing : [guardrails, limits]} />
      <div className="side-end">
        <a className="nav-link" href="/docs/" target="_blank" rel="noreferrer">
          <Icon name="external" /> Documents
        </a>
        <PersonMenu />
      </div>
    </nav>
  );
}

function Ways({ title, ways }: { title: string; ways: readonly Way[] }) {
  return (
    <div className="nav-group">
      <h2>{title}</h2>
      {ways.map(({ to, label, icon }) => (
        <Link key={to} to={to} className="nav-link" activeOptions={{ exact: to === "/" }}>
          <Icon name={icon} /> {label}
        </Link>
      ))}
    </div>
  );
}

function ProjectMenu() {
  const projects = useProjects().data ?? [];
  const found = useFoundProject();
  const navigate = useNavigate();
  if (projects.length === 0) return null;
  // Names may come twice, slugs do not.
  const counts = new Map<string, number>();
  for (const { name } of projects) counts.set(name, (counts.get(name) ?? 0) + 1);
  const entries = projects.map(({ name, slug }) => ({
    label: counts.get(name) === 1 ? name : `${name} (${slug})`,
    isChosen: slug === found?.project.slug,
    onChoose: () => void navigate({ to: "/", search: { project: slug } }),
  }));
  return (
    <Menu
      className="side-menu"
      entries={entries}
      trigger={
        <>
          <span>
            <small>Project</small> {found?.project.name ?? "none of yours"}
          </span>
          <Icon name="down" />
        </>
      }
    />
  );
}

function PersonMenu() {
  const session = useSignedIn();
  const signing = useSigning();
  const [theme, setTheme] = useState(storedTheme());
  const role = useFoundProject()?.role;
  const name = session.kind === "person" ? session.person.name : "Admin key";
  const words = isGatewayAdmin(session) ? "admin of the gateway" : (role ?? "no project");
  const themeEntries = themes.map((one) => ({
    label: one === "system" ? "Theme of the system" : `${one === "light" ? "Light" : "Dark"} theme`,
    isChosen: theme === one,
    onChoose: () => {
      keepTheme(one);
      setTheme(one);
    },
  }));
  const say = useSay();
  const [isChanging, setIsChanging] = useState(false);
  const password = { label: "Change your password", onChoose: () => setIsChanging(true) };
  const entries = [
    ...themeEntries,
    ...(session.kind === "person" ? [password] : []),
    {
      label: "Sign out",
      onChoose: () =>
        void signing.out().catch((error: unknown) => say(`You are still signed in: ${asApiError(error).message}`)),
    },
  ];
  const menu = (
    <Menu
      className="side-menu"
      entries={entries}
      trigger={
        <>
          <Icon name="person" />
          <span>
            {name} <small>{words}</small>
          </span>
          <Icon name="down" />
        </>
      }
    />
  );
  return (
    <>
      {menu}
      {session.kind === "person" && (
        <OwnPassword email={session.person.email} isOpen={isChanging} onClose={() => setIsChanging(false)} />
      )}
    </>
  );
}
