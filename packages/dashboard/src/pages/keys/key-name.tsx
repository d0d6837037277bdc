/** Gateway keys by their names, where records have their ids. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import { everyEntry } from "../../controls/lists.ts";
import { useProject } from "../../session/project.ts";

export function useEveryKey() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["every-key", project.id],
    queryFn: () =>
      everyEntry((after) => {
        const query = { workspace_id: project.id, limit: 100, ...(after !== undefined && { after }) };
        return answerOf(control.api.GET("/v1/api-keys", { params: { query } }));
      }),
    staleTime: 60_000,
  });
}

/** A key that is gone is told by its id. */
export function KeyName({ id }: { id: string }) {
  const name = useEveryKey().data?.find((key) => key.id === id)?.name;
  return name === undefined ? <code>{id}</code> : <>{name}</>;
}

export function KeyLink({ id }: { id: string }) {
  return (
    <Link to="/keys/$id" params={{ id }}>
      <KeyName id={id} />
    </Link>
  );
}
