/** Fields whose choices are what the project has. */
import { useQuery } from "@tanstack/react-query";
import { asApiError } from "../../api/api-error.ts";
import { answerOf, useControl } from "../../api/control.ts";
import { useProject } from "../../session/project.ts";
import { SelectField } from "./field.tsx";
import { everyEntry } from "../../api/list-page.ts";

interface Choice {
  slug: string;
  name: string;
}

export interface ChoiceProps {
  label: string;
  value: string;
  onChange: (slug: string) => void;
  /** What the empty choice means. */
  none: string;
  error?: string | undefined;
  hint?: string;
  required?: boolean;
}

/** Every one of the project, not the first page of them. */
export function useEveryCredential() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["every-credential", project.id],
    queryFn: () =>
      everyEntry((page) =>
        answerOf(control.api.GET("/v1/virtual-keys", { params: { query: { workspace_id: project.id, ...page } } })),
      ),
  });
}

export function CredentialField(props: ChoiceProps) {
  const { data, error } = useEveryCredential();
  return <ChoiceField {...props} choices={data ?? []} mark="@" unread={error} />;
}

export function ConfigField(props: ChoiceProps) {
  const control = useControl();
  const { project } = useProject();
  const { data, error } = useQuery({
    queryKey: ["every-config", project.id],
    queryFn: () =>
      everyEntry((page) =>
        answerOf(control.api.GET("/v1/configs", { params: { query: { workspace_id: project.id, ...page } } })),
      ),
  });
  return <ChoiceField {...props} choices={data ?? []} mark="" unread={error} />;
}

interface ChoicesProps extends ChoiceProps {
  choices: readonly Choice[];
  /** Before the slug, which stands behind the name; undefined: the name alone. */
  mark: string | undefined;
  /** Why they could not be read: to the reader it would look as if there were none. */
  unread: unknown;
}

export function ChoiceField({ none, value, choices, mark, unread, error, ...rest }: ChoicesProps) {
  const fault = unread === null ? undefined : `The choices could not be read. ${asApiError(unread).message}`;
  return (
    <SelectField {...rest} value={value} error={error ?? fault}>
      <option value="">{none}</option>
      {withChosen(choices, value).map(({ slug, name }) => (
        <option key={slug} value={slug}>
          {mark === undefined ? name : `${name} (${mark}${slug})`}
        </option>
      ))}
    </SelectField>
  );
}

/** What is chosen may be gone: it is shown all the same, and changed by nobody but the reader. */
function withChosen(choices: readonly Choice[], chosen: string): readonly Choice[] {
  return chosen === "" || choices.some(({ slug }) => slug === chosen)
    ? choices
    : [...choices, { slug: chosen, name: chosen }];
}

export function useEveryKey() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["every-key", project.id],
    queryFn: () =>
      everyEntry((page) =>
        answerOf(control.api.GET("/v1/api-keys", { params: { query: { workspace_id: project.id, ...page } } })),
      ),
    staleTime: 60_000,
  });
}

/** Keys have no slugs: the id is what is chosen, and the name what is read. */
export function KeyField(props: ChoiceProps) {
  const { data = [], error } = useEveryKey();
  const choices = data.map(({ id, name }) => ({ slug: id, name }));
  return <ChoiceField {...props} choices={choices} mark={undefined} unread={error} />;
}
