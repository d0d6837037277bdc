/** Signing in: with e-mail address and password, or with the admin key, which makes the first account. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import adit from "../../adit.svg";
import { Tabs } from "../../controls/tabs.tsx";
import { useSession } from "../../session/session.ts";
import { AdminKeyForm } from "./admin-key-form.tsx";
import { PasswordForm } from "./password-form.tsx";

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const { data: session } = useSession();
  const navigate = useNavigate();
  const isSignedIn = session !== undefined && session !== null;
  const [way, setWay] = useState("password");
  useEffect(() => {
    document.title = "Sign in · Adit";
  }, []);
  useEffect(() => {
    if (isSignedIn) void navigate({ href: ownPath(next), replace: true });
  }, [isSignedIn, navigate, next]);
  return (
    <main className="sign-page">
      <header>
        <img src={adit} alt="" />
        <h1>Sign in to Adit</h1>
        <p className="soft">One gateway to every model on Amazon Bedrock.</p>
      </header>
      <div className="panel">
        <Tabs
          label="Ways to sign in"
          value={way}
          onChange={setWay}
          tabs={[
            {
              id: "password",
              label: "E-mail and password",
              content: <PasswordForm onFirstTime={() => setWay("key")} />,
            },
            { id: "key", label: "Admin key", content: <AdminKeyForm /> },
          ]}
        />
      </div>
    </main>
  );
}

/** Only to a path of these pages, whatever the address says. */
function ownPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";
}
