import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { isGatewayAdmin, useSignedIn } from "../../session/session.ts";

type Actor = Schemas["AuditEntry"]["actor"];

const kindWords: Readonly<Record<string, string>> = {
  admin_key: "the admin key",
  gateway_key: "a gateway key",
  system: "the gateway itself",
};

/** Names of who did something. Only admins of the gateway may see who is here; for others the id stands. */
export function usePeopleNames(): (actor: Actor) => string {
  const control = useControl();
  const session = useSignedIn();
  const people = useQuery({
    queryKey: ["people-names"],
    enabled: isGatewayAdmin(session),
    queryFn: () => answerOf(control.api.GET("/v1/people", { params: { query: { limit: 100 } } })),
    staleTime: 60_000,
  });
  const names = new Map(people.data?.data.map(({ id, name }) => [id, name]));
  return ({ kind, id }) => (id === null ? undefined : names.get(id)) ?? kindWords[kind] ?? id ?? kind;
}
