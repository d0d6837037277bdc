/** The key with which the playground calls models: the person's own, for an hour, in memory. */
import { useQueryClient } from "@tanstack/react-query";
import { ApiError } from "../../api/api-error.ts";
import { answerOf, useControl, type Control } from "../../api/control.ts";
import { useProject } from "../../session/project.ts";
import { useSignedIn, type Session } from "../../session/session.ts";

const keySeconds = 3_600;
/** Made anew this long before its end. */
const spareMs = 300_000;

/**
 * Calls with the key, and makes it where there is none: the one that the person had before gets a new text. Pages of a tab share it; it goes
 * with the sign-in. One that is refused, since somebody has deleted it, is not shown again: the next call makes another.
 */
export function usePlaygroundKey(): (call: (key: string) => Promise<void>) => Promise<void> {
  const control = useControl();
  const queries = useQueryClient();
  const session = useSignedIn();
  const { project } = useProject();
  const lifeMs = keySeconds * 1_000 - spareMs;
  const queryKey = ["playground-key", project.id];
  return async (call) => {
    const key = await queries.fetchQuery({
      queryKey,
      queryFn: () => freshKey(control, session, project.id),
      staleTime: lifeMs,
      gcTime: lifeMs,
    });
    try {
      await call(key);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) queries.removeQueries({ queryKey });
      throw error;
    }
  };
}

async function freshKey(control: Control, session: Session, projectId: string): Promise<string> {
  const name = `Playground of ${session.kind === "person" ? session.person.email : "the admin key"}`;
  const expires_at = new Date(control.now() + keySeconds * 1_000).toISOString();
  const query = { workspace_id: projectId };
  const found = await answerOf(control.api.GET("/v1/api-keys", { params: { query: { ...query, search: name } } }));
  const own = found.data.find((key) => key.name === name && key.status !== "disabled");
  if (own !== undefined) {
    const params = { path: { id: own.id } };
    await answerOf(control.api.PUT("/v1/api-keys/{id}", { params, body: { expires_at } }));
    // Another tab may hold the text of before: it lasts as long as that one was promised.
    const body = { overlap_seconds: keySeconds };
    return shown((await answerOf(control.api.POST("/v1/api-keys/{id}/rotate", { params, body }))).key);
  }
  const isPerson = session.kind === "person";
  const made = await answerOf(
    control.api.POST("/v1/api-keys/{type}/{kind}", {
      params: { path: { type: "workspace", kind: isPerson ? "user" : "service" }, query },
      body: {
        name,
        scopes: ["completions.write", "connectors.*"],
        expires_at,
        ...(isPerson && { user_id: session.person.id }),
      },
    }),
  );
  return shown(made.key);
}

function shown(key: string | null): string {
  if (key === null) throw new Error("The gateway did not show the new key.");
  return key;
}
