import { ChoiceField, type ChoiceProps } from "../../controls/choice-fields.tsx";
import { useEveryKey } from "./key-name.tsx";

/** Keys have no slugs: the id is what is chosen, and the name what is read. */
export function KeyField(props: ChoiceProps) {
  const keys = useEveryKey().data ?? [];
  return <ChoiceField {...props} choices={keys.map(({ id, name }) => ({ slug: id, name }))} mark={undefined} />;
}
