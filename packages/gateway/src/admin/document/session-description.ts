/** What the document says of the routes of `session-routes.ts`, which are no operations: they make and end what others go by. */
import type { DescribedRoute } from "../operation.ts";
import { passwordChange, session, signIn } from "../schemas/session.ts";

const path = "/v1/session";
const common = { tag: "session", need: undefined, query: undefined, body: undefined, changes: false } as const;

export const sessionDescriptions: readonly DescribedRoute[] = [
  {
    ...common,
    id: "signIn",
    method: "POST",
    path,
    summary: "Sign in: the session comes in a cookie.",
    body: signIn,
    answer: session,
    status: 200,
    isOpen: true,
  },
  { ...common, id: "getSession", method: "GET", path, summary: "Who asks.", answer: session, status: 200 },
  { ...common, id: "signOut", method: "DELETE", path, summary: "Sign out.", answer: undefined, status: 204 },
  {
    ...common,
    id: "changeOwnPassword",
    method: "PUT",
    path: `${path}/password`,
    summary: "Change one's own password, with the present one. It ends all of one's sessions, this one too.",
    body: passwordChange,
    answer: undefined,
    status: 204,
  },
];
