import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { dollarsOf } from "../../controls/show.tsx";
import { useProject } from "../../session/project.ts";

export type Model = Schemas["ModelCatalog"]["data"][number];
export type Price = NonNullable<Model["prices"]>[number];

export function useCatalog() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["catalog", project.id],
    queryFn: () => answerOf(control.api.GET("/v1/model-catalog", { params: { query: { workspace_id: project.id } } })),
    staleTime: 600_000,
  });
}

/** The id that works without further thought: a profile's where AWS refuses the bare one. */
export function idToPaste({ id, profile_only, inference_profiles }: Model): string {
  if (!profile_only) return id;
  return inference_profiles.find((profile) => profile.startsWith("us.")) ?? inference_profiles[0] ?? id;
}

/** What a usual call costs: the standard tier, no condition, else the first of the standard rows. */
export function usualPrice({ prices }: Model): Price | undefined {
  const standard = (prices ?? []).filter(
    ({ tier, above_input_tokens }) => tier === "standard" && above_input_tokens === undefined,
  );
  return standard.find(({ regions, profiles }) => regions === undefined && profiles === undefined) ?? standard[0];
}

/** In the unit that it is of; undefined where nothing is known. */
export function inputPrice(price: Price | undefined): string | undefined {
  return price?.input === undefined ? undefined : dollarsOf(price.input);
}

export function outputPrice(price: Price | undefined): string | undefined {
  if (price === undefined) return undefined;
  if (price.output !== undefined) return dollarsOf(price.output);
  if (price.image !== undefined) return `${dollarsOf(price.image)} an image`;
  if (price.second !== undefined) return `${dollarsOf(price.second)} a second`;
  return price.query === undefined ? undefined : `${dollarsOf(price.query)} a query`;
}
