/** `/v1/session`: signing in and out, who one is, and one's own password. */
import { AditError, openAiErrorBody, Secret } from "@adit/bedrock";
import type { z } from "zod";
import { passwordChange, signIn as signInSchema } from "./schemas/session.ts";
import { parseJsonBody } from "../http/request/json-body.ts";
import type { Incoming, Reply, Route } from "../http/routes/route.ts";
import type { Stored, StoredParts } from "../stored.ts";
import { checkPassword } from "../access/password.ts";
import { actorOf, type PersonPrincipal, type Principal } from "../access/principal.ts";
import { checkOrigin, csrfTokenOf, endedCookie, sessionCookie, sessionToken } from "../access/session-cookie.ts";

/** Of an address and a password, however they are escaped. Nobody needs a key here: a stranger is not to fill the memory. */
const mostBytes = 16_384;

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
        const given = readAs(signInSchema, parseJsonBody(await incoming.readBody("json", mostBytes), maxJsonDepth));
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
    {
      ...base,
      path: "/v1/session/password",
      method: "PUT",
      access: "control",
      handle: async (incoming, reply, principal) => {
        if (principal.kind !== "person") throw noSession();
        const given = readAs(passwordChange, parseJsonBody(await incoming.readBody(), maxJsonDepth));
        await changePassword(principal, given, { incoming, reply, parts: await stored.ready() });
      },
    },
  ];
}

/** Ends all sessions of the person: anyone else who had one now needs the new password. */
async function changePassword(
  principal: PersonPrincipal,
  { password, new_password: next }: z.infer<typeof passwordChange>,
  { incoming, reply, parts }: SigningIn,
): Promise<void> {
  const { address, id: requestId, headers } = incoming;
  const { id, email } = principal.person;
  const fresh = checkPassword(new Secret(next), "new_password");
  const present = { email, password: new Secret(password), address, userAgent: undefined, requestId };
  const proven = await parts.signIn.confirm(present);
  await parts.people.setPassword(id, fresh, actorOf(principal, incoming), proven);
  reply.header("set-cookie", endedCookie(headers));
  reply.send(204, "");
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

function readAs<Shape extends z.ZodObject>(shape: Shape, body: unknown): z.infer<Shape> {
  const read = shape.safeParse(body);
  if (read.success) return read.data;
  const param = read.error.issues[0]?.path.join(".") ?? "";
  const names = Object.keys(shape.shape).join(" and ");
  throw new AditError("invalid_request", `The body has ${names}, each a text, and nothing else.`, {
    ...(param !== "" && { param }),
    remedy: `Send an object of ${names}.`,
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
