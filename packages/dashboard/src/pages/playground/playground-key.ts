/** The key with which the playground calls models: the person's own, for an hour, in memory. */
import { useRef } from "react";
import { answerOf, useControl, type Control } from "../../api/control.ts";
import { useProject } from "../../session/project.ts";
import { useSignedIn, type Session } from "../../session/session.ts";

const keyMs = 3_600_000;
/** Made anew this long before its end. */
const spareMs = 300_000;

interface Held {
  key: string;
  projectId: string;
  until: number;
}

/** Gives the key, and makes it where there is none: the one that the person had before gets a new text. */
export function usePlaygroundKey(): () => Promise<string> {
  const control = useControl();
  const session = useSignedIn();
  const { project } = useProject();
  const held = useRef<Held>(undefined);
  return async () => {
    const { current } = held;
    if (current?.projectId === project.id && current.until - spareMs > Date.now()) return current.key;
    const until = Date.now() + keyMs;
    const key = await freshKey(control, session, { projectId: project.id, until });
    held.current = { key, projectId: project.id, until };
    return key;
  };
}

async function freshKey(control: Control, session: Session, { projectId, until }: Omit<Held, "key">): Promise<string> {
  const name = `Playground of ${session.kind === "person" ? session.person.email : "the admin key"}`;
  const expires_at = new Date(until).toISOString();
  const query = { workspace_id: projectId };
  const found = await answerOf(control.api.GET("/v1/api-keys", { params: { query: { ...query, search: name } } }));
  const own = found.data.find((key) => key.name === name && key.status !== "disabled");
  if (own !== undefined) {
    const params = { path: { id: own.id } };
    await answerOf(control.api.PUT("/v1/api-keys/{id}", { params, body: { expires_at } }));
    const rotated = await answerOf(
      control.api.POST("/v1/api-keys/{id}/rotate", { params, body: { overlap_seconds: 0 } }),
    );
    return shown(rotated.key);
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
