/** Who is signed in, and what they may do where. */
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/api-error.ts";
import { useControl, type Control } from "../api/control.ts";
import { fitsHeader } from "../api/header-text.ts";

export type Role = "admin" | "member" | "viewer";

export interface PersonSession {
  kind: "person";
  person: { id: string; name: string; email: string; role: Role; projects?: Record<string, Role> };
  csrf_token: string;
}

/** `isOver`: the gateway no longer knows who this was; what was typed stays until they have signed in again. */
export type Session = (PersonSession | { kind: "admin_key" }) & { isOver?: boolean };

export const sessionKey = ["session"];

/** The session of the cookie or the key; null where there is none. */
async function readSession(control: Control): Promise<Session | null> {
  try {
    const session = await control.ask<Session>("GET", "/v1/session");
    if (session.kind === "person") control.identity = { csrfToken: session.csrf_token };
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export function useSession() {
  const control = useControl();
  const queries = useQueryClient();
  return useQuery({
    queryKey: sessionKey,
    queryFn: async () => {
      const before = queries.getQueryData<Session | null>(sessionKey) ?? null;
      const session = await readSession(control);
      if (session === null) return ended(before);
      if (before !== null && whoIs(before) !== whoIs(session)) queries.removeQueries(otherQueries);
      return session;
    },
    staleTime: 60_000,
    // Another tab may have signed in anew meanwhile, as the same person or another: changes are made by that session.
    refetchOnWindowFocus: "always",
  });
}

/** Asked later, it reads the session anew; true where it is then another one of the same person. It may have been read by then already. */
export function renewalOf(control: Control, queries: QueryClient): () => Promise<boolean> {
  const who = () => queries.getQueryData<Session | null>(sessionKey) ?? null;
  const [before, { csrfToken }] = [who(), control.identity];
  return async () => {
    await queries.refetchQueries({ queryKey: sessionKey });
    const now = who();
    if (before === null || now === null || control.identity.csrfToken === csrfToken) return false;
    return now.isOver !== true && whoIs(before) === whoIs(now);
  };
}

/** What one saw is not shown to another. The session's own query stays: pages watch it. */
const otherQueries = { predicate: ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[0] !== sessionKey[0] };

/** The session that there was, now that it is over; null where there was none. */
export function ended(session: Session | null | undefined): Session | null {
  if (session === undefined || session === null) return null;
  return session.isOver === true ? session : { ...session, isOver: true };
}

/** Tells one who signs in from another. */
export function whoIs(session: Session): string {
  return session.kind === "person" ? session.person.id : session.kind;
}

/** The session of whoever is signed in: for what stands behind the sign-in. */
export function useSignedIn(): Session {
  const { data } = useSession();
  if (data === undefined || data === null) throw new Error("Nobody is signed in.");
  return data;
}

export function useSigning() {
  const control = useControl();
  const queries = useQueryClient();
  const become = (session: Session | null) => {
    const before = queries.getQueryData<Session | null>(sessionKey) ?? null;
    const isAgain = before !== null && session !== null && whoIs(before) === whoIs(session);
    if (!isAgain) queries.removeQueries(otherQueries);
    queries.setQueryData(sessionKey, session);
    if (isAgain) void queries.invalidateQueries(otherQueries);
  };
  const settle = async () => become(await readSession(control));
  return {
    withPassword: async (email: string, password: string) => {
      const { identity } = control;
      control.identity = {};
      try {
        await control.ask("POST", "/v1/session", { email, password });
        const session = await readSession(control);
        if (session === null) throw notKept();
        become(session);
      } catch (error) {
        // Whoever had made the account by the admin key goes on with that.
        control.identity = identity;
        throw error;
      }
    },
    withAdminKey: async (adminKey: string) => {
      if (fitsHeader(adminKey)) {
        control.identity = { adminKey };
        const session = await readSession(control);
        if (session?.kind === "admin_key") return;
        control.identity = {};
      }
      throw new ApiError(
        "This is not the admin key. It is in ADIT_ADMIN_KEY or in the file admin-key of the data folder.",
        {
          status: 401,
          code: "invalid_api_key",
        },
      );
    },
    settle,
    /** Leaves a session that is over. */
    leave: () => become(null),
    out: async () => {
      if (control.identity.adminKey === undefined) await control.ask("DELETE", "/v1/session").catch(unlessOver);
      control.identity = {};
      become(null);
    },
  };
}

/** A session that is over already is what was wanted. */
function unlessOver(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 401)) throw error;
}

/** The password was right, and the browser kept no cookie: of another machine it takes the session's over TLS alone. */
function notKept(): ApiError {
  const why =
    location.protocol === "http:"
      ? "this page comes over plain HTTP, and a browser keeps a session over HTTPS alone. Open the gateway by HTTPS (ADIT_TLS_CERT and ADIT_TLS_KEY, or a proxy that has TLS), or on its own machine by 127.0.0.1. The admin key works here too, for as long as this page stands."
      : "the browser did not keep the session's cookie. Let it keep cookies of this address.";
  return new ApiError(`The password is right, but ${why}`, { status: 401, code: "session_not_kept" });
}

const rank = { viewer: 0, member: 1, admin: 2 } as const;

/** The role in a project, the gateway's own counted. */
export function roleIn(session: Session, projectId: string | undefined): Role | undefined {
  if (session.kind === "admin_key" || session.person.role === "admin") return "admin";
  return projectId === undefined ? undefined : session.person.projects?.[projectId];
}

export function isAtLeast(role: Role | undefined, least: Role): boolean {
  return role !== undefined && rank[role] >= rank[least];
}

export function isGatewayAdmin(session: Session): boolean {
  return session.kind === "admin_key" || session.person.role === "admin";
}
