/** Gateway keys by their names, where records have their ids. */
import { Link } from "@tanstack/react-router";
import { useEveryKey } from "../../controls/forms/choice-fields.tsx";

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
