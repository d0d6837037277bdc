/** `/v1/session`: signing in and out, and who one is. */
import { AditError, openAiErrorBody, Secret } from "@adit/bedrock";
import { z } from "zod";
import { parseJsonBody } from "../http/json-body.ts";
import type { Incoming, Reply, Route } from "../http/route.ts";
import type { Stored, StoredParts } from "../stored.ts";
import { actorOf, type PersonPrincipal, type Principal } from "./principal.ts";
import { checkOrigin, csrfTokenOf, endedCookie, sessionCookie, sessionToken } from "./session-cookie.ts";

const signInSchema = z.strictObject({ email: z.string().max(254), password: z.string().max(1_024) });

export function sessionRoutes(stored: Stored, maxJsonDepth: number): Route[] {
  const base = { path: "/v1/session", errorBody: openAiErrorBody } as const;
  return [
    {
      ...base,
      method: "POST",
      access: "open",
      handle: async (incoming, reply) => {
        // Before all else: a page elsewhere could sign a person in as somebody of its own choice.
        checkOrigin(incoming.headers);
        const given = signInOf(parseJsonBody(await incoming.readBody(), maxJsonDepth));
        await signIn(given, { incoming, reply, parts: await stored.ready() });
      },
    },
    {
      ...base,
      method: "GET",
      access: "control",
      handle: (incoming, reply, principal) => {
        reply.header("cache-control", "no-store");
        reply.send(200, viewOf(principal, incoming));
        return Promise.resolve();
      },
    },
    {
      ...base,
      method: "DELETE",
      access: "control",
      handle: async (incoming, reply, principal) => {
        if (principal.kind !== "person") throw noSession();
        const { sessions } = await stored.ready();
        await sessions.end(principal, actorOf(principal, incoming));
        reply.header("set-cookie", endedCookie(incoming.headers));
        reply.send(204, "");
      },
    },
  ];
}

interface SigningIn {
  incoming: Incoming;
  reply: Reply;
  parts: StoredParts;
}

async function signIn(
  { email, password }: z.infer<typeof signInSchema>,
  { incoming, reply, parts }: SigningIn,
): Promise<void> {
  const { headers, address, id } = incoming;
  const userAgent = headers.raw("user-agent");
  const signedIn = await parts.signIn.run({ email, password: new Secret(password), address, userAgent, requestId: id });
  const { token, expiresAt, person } = signedIn;
  reply.header("set-cookie", sessionCookie(token, headers, expiresAt - parts.store.clock.now()));
  reply.header("cache-control", "no-store");
  reply.send(200, {
    object: "session",
    kind: "person",
    person: { id: person.id, email: person.email, name: person.name, role: person.role },
    expires_at: new Date(expiresAt).toISOString(),
    csrf_token: csrfTokenOf(token),
  });
}

function signInOf(body: unknown): z.infer<typeof signInSchema> {
  const read = signInSchema.safeParse(body);
  if (read.success) return read.data;
  const param = read.error.issues[0]?.path.join(".") ?? "";
  throw new AditError("invalid_request", "A sign-in has an email and a password, both text, and nothing else.", {
    ...(param !== "" && { param }),
    remedy: 'Send {"email": "...", "password": "..."}.',
  });
}

/** Who asks. A key is told its rights, never itself. */
function viewOf(principal: Principal, incoming: Incoming): object {
  switch (principal.kind) {
    case "admin_key":
      return { object: "session", kind: "admin_key" };
    case "gateway_key": {
      const { id, name, projectId, scopes } = principal.key;
      return { object: "session", kind: "gateway_key", key: { id, name, project_id: projectId, scopes } };
    }
    case "person":
      return personView(principal, sessionToken(incoming.headers));
  }
}

function personView({ person }: PersonPrincipal, token: Secret | undefined): object {
  return { object: "session", kind: "person", person, csrf_token: token && csrfTokenOf(token) };
}

function noSession(): AditError {
  return new AditError("invalid_request", "The request has no session to end: it shows a key.", {
    remedy: "Send the session's cookie, and no key.",
  });
}
