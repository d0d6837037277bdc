/** Gateway keys by their names, where records have their ids. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import { useProject } from "../../session/project.ts";

const mostKeys = 100;

/** Of very many keys the first: the others keep their ids. */
export function useKeys() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["key-choices", project.id],
    queryFn: () =>
      answerOf(control.api.GET("/v1/api-keys", { params: { query: { workspace_id: project.id, limit: mostKeys } } })),
  });
}

/** A key that is gone is told by its id. */
export function KeyName({ id }: { id: string }) {
  const name = useKeys().data?.data.find((key) => key.id === id)?.name;
  return name === undefined ? <code>{id}</code> : <>{name}</>;
}

export function KeyLink({ id }: { id: string }) {
  return (
    <Link to="/keys/$id" params={{ id }}>
      <KeyName id={id} />
    </Link>
  );
}
