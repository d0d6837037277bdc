import { useId, type ComponentProps } from "react";
import { TextField } from "../../controls/forms/field.tsx";
import { idToPaste, useCatalog } from "./catalog.ts";

/** An id of a model, with those of the catalogue that answer in text to choose from; any other may be written too. */
export function ModelField(props: Omit<ComponentProps<typeof TextField>, "list" | "className">) {
  const listId = useId();
  const models = useCatalog().data?.data ?? [];
  return (
    <>
      <TextField {...props} className="mono" list={listId} />
      <datalist id={listId}>
        {models
          .filter(({ output }) => output === "text")
          .map((model) => (
            <option key={model.id} value={idToPaste(model)} />
          ))}
      </datalist>
    </>
  );
}
