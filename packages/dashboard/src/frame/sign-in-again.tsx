/** A session that has come to its end under a page: whoever signs in again finds the page as they left it. */
import { Dialog, useWouldLose } from "../controls/dialog.tsx";
import { AdminKeyForm } from "../pages/sign-in/admin-key-form.tsx";
import { PasswordForm } from "../pages/sign-in/password-form.tsx";
import { useSigning, type Session } from "../session/session.ts";

export function SignInAgain({ session }: { session: Session }) {
  const { leave } = useSigning();
  return (
    <Dialog
      title="Sign in again"
      description="Your session is over. Behind the sign-in the page is as you left it; close this to leave it."
      isOpen={session.isOver === true}
      onClose={leave}
    >
      <PageBehind />
      {session.kind === "person" ? <PasswordForm startsWith={session.person.email} /> : <AdminKeyForm />}
    </Dialog>
  );
}

/** Whoever was about to press Escape for something else on that page loses nothing by it. */
function PageBehind() {
  useWouldLose(true);
  return null;
}
