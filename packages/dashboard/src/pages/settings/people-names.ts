import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { everyEntry } from "../../api/list-page.ts";
import { isGatewayAdmin, useSignedIn } from "../../session/session.ts";

type Actor = Schemas["AuditEntry"]["actor"];

const kindWords: Readonly<Record<string, string>> = {
  admin_key: "the admin key",
  gateway_key: "a gateway key",
  system: "the gateway itself",
};

/** Everybody who may sign in. Only admins of the gateway may see who is here: others are not answered. */
export function useEveryPerson() {
  const control = useControl();
  const session = useSignedIn();
  return useQuery({
    queryKey: ["people-names"],
    enabled: isGatewayAdmin(session),
    queryFn: () => everyEntry((query) => answerOf(control.api.GET("/v1/people", { params: { query } }))),
    staleTime: 60_000,
  });
}

/** The same, as far as it is known; empty for others. */
export function usePeople(): readonly Schemas["Person"][] {
  return useEveryPerson().data ?? [];
}

/** Names of who did something; for those who may not see them the id stands. */
export function usePeopleNames(): (actor: Pick<Actor, "kind" | "id">) => string {
  const names = new Map(usePeople().map(({ id, name }) => [id, name]));
  return ({ kind, id }) => (id === null ? undefined : names.get(id)) ?? kindWords[kind] ?? id ?? kind;
}
