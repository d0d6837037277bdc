/** Fields whose choices are what the project has. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl } from "../api/control.ts";
import { useProject } from "../session/project.ts";
import { SelectField } from "./field.tsx";

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
}

const mostChoices = 100;

export function CredentialField(props: ChoiceProps) {
  const control = useControl();
  const { project } = useProject();
  const { data } = useQuery({
    queryKey: ["credential-choices", project.id],
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/virtual-keys", { params: { query: { workspace_id: project.id, limit: mostChoices } } }),
      ),
  });
  return <ChoiceField {...props} choices={data?.data ?? []} mark="@" />;
}

export function ConfigField(props: ChoiceProps) {
  const control = useControl();
  const { project } = useProject();
  const { data } = useQuery({
    queryKey: ["config-choices", project.id],
    queryFn: () =>
      answerOf(control.api.GET("/v1/configs", { params: { query: { workspace_id: project.id, limit: mostChoices } } })),
  });
  return <ChoiceField {...props} choices={data?.data ?? []} mark="" />;
}

interface ChoicesProps extends ChoiceProps {
  choices: readonly Choice[];
  /** Before the slug, which stands behind the name; undefined: the name alone. */
  mark: string | undefined;
}

export function ChoiceField({ none, value, choices, mark, ...rest }: ChoicesProps) {
  return (
    <SelectField {...rest} value={value}>
      <option value="">{none}</option>
      {withChosen(choices, value).map(({ slug, name }) => (
        <option key={slug} value={slug}>
          {mark === undefined ? name : `${name} (${mark}${slug})`}
        </option>
      ))}
    </SelectField>
  );
}

/** What is chosen may be beyond the first page, or gone: it is shown all the same, and changed by nobody but the reader. */
function withChosen(choices: readonly Choice[], chosen: string): readonly Choice[] {
  return chosen === "" || choices.some(({ slug }) => slug === chosen)
    ? choices
    : [...choices, { slug: chosen, name: chosen }];
}
