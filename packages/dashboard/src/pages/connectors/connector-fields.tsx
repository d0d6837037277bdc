/** The form of a connector. A model's sample fills the request and the answer in. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { Button } from "../../controls/button.tsx";
import { AreaField, TextField } from "../../controls/forms/field.tsx";
import { jsonFault } from "../../controls/forms/form-text.ts";
import { Panel } from "../../controls/page.tsx";
import { useProject } from "../../session/project.ts";
import { RegionField, regionHint } from "../credentials/region-field.tsx";
import type { ConnectorTerms } from "./connector-terms.ts";
import { InputRows, OutputRows } from "./mapping-fields.tsx";
import { SigningFields, type TermsProps } from "./signing-fields.tsx";

type Sample = Schemas["ConnectorSamples"]["data"][number];

export interface ConnectorFieldsProps {
  terms: ConnectorTerms;
  onChange: (terms: ConnectorTerms) => void;
  fieldError: (field: string) => string | undefined;
  isStored: boolean;
}

export function ConnectorFields({ terms, onChange, fieldError, isStored }: ConnectorFieldsProps) {
  const set = (part: Partial<ConnectorTerms>) => onChange({ ...terms, ...part });
  return (
    <>
      <Panel title="Whose call it is">
        <div className="form">
          <div className="form-row">
            <TextField
              label="Name"
              required
              value={terms.name}
              onChange={(name) => set({ name })}
              error={fieldError("name")}
              hint="For people, such as Summaries."
            />
            {!isStored && (
              <TextField
                label="Slug"
                isOptional
                value={terms.slug}
                onChange={(slug) => set({ slug })}
                error={fieldError("slug")}
                hint="How it is called: /v1/connectors/slug/invoke. Made from the name where it is empty."
              />
            )}
          </div>
          <SigningFields {...{ terms, set, fieldError, isStored }} />
        </div>
      </Panel>
      <ModelFields {...{ terms, set, fieldError }} />
      <Panel
        title="What goes in"
        lead="Values put into the request format for each call. {{name}} stands for a value of the caller's data."
      >
        <InputRows
          rows={terms.inputs}
          onChange={(inputs) => set({ inputs })}
          rowError={(index, field) => fieldError(`input_schema.${index}.${field}`)}
        />
      </Panel>
      <Panel title="What comes out" lead="Without an output, the caller gets the model's own JSON, byte for byte.">
        <OutputRows
          rows={terms.outputs}
          onChange={(outputs) => set({ outputs })}
          rowError={(index, field) => fieldError(`output_schema.${index}.${field}`)}
        />
      </Panel>
    </>
  );
}

function useSamples() {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["connector-samples", project.id],
    queryFn: () =>
      answerOf(control.api.GET("/v1/connectors/samples", { params: { query: { workspace_id: project.id } } })),
    staleTime: 600_000,
  });
}

/** A profile's geography is no part of the model. */
function sampleOf(samples: readonly Sample[], model: string): Sample | undefined {
  const bare = model.trim().replace(/^(?:us|eu|apac|global|us-gov|jp|au|ca)\./, "");
  return samples.find(({ model_ids }) => model_ids.some((id) => id === model.trim() || id === bare));
}

function formatsOf({ request_format, response_format }: Sample) {
  return {
    requestFormat: JSON.stringify(request_format, undefined, 2),
    responseFormat: JSON.stringify(response_format, undefined, 2),
  };
}

function ModelFields({ terms, set, fieldError }: TermsProps) {
  const samples = useSamples().data?.data ?? [];
  const sample = sampleOf(samples, terms.modelId);
  return (
    <Panel title="Model, request and answer" lead="The model's own JSON, as AWS's documents have it.">
      <div className="form">
        <div className="form-row">
          <TextField
            label="Model ID"
            className="mono"
            list="connector-models"
            required={terms.inferenceProfile.trim() === ""}
            placeholder="amazon.nova-lite-v1:0"
            value={terms.modelId}
            onChange={(modelId) => {
              const found = terms.requestFormat.trim() === "" ? sampleOf(samples, modelId) : undefined;
              set({ modelId, ...(found !== undefined && formatsOf(found)) });
            }}
            error={fieldError("model_id")}
            hint="AWS console: Bedrock > Discover > Model catalog: the model's page names it."
          />
          <TextField
            label="Inference Profile ARN"
            isOptional
            className="mono"
            value={terms.inferenceProfile}
            onChange={(inferenceProfile) => set({ inferenceProfile })}
            error={fieldError("inference_profile")}
            hint="Bedrock > Infer > Cross-region inference. Called in place of the model where it is given."
          />
          <RegionField
            label="Region"
            isOptional
            value={terms.region}
            onChange={(region) => set({ region })}
            error={fieldError("region")}
            hint={regionHint}
          />
        </div>
        <datalist id="connector-models">
          {samples.flatMap(({ maker, model_ids }) =>
            model_ids.map((id) => <option key={id} value={id} label={maker} />),
          )}
        </datalist>
        {sample !== undefined && (
          <div>
            <Button icon="refresh" onClick={() => set(formatsOf(sample))}>
              Fill in the sample of {sample.maker}
            </Button>
          </div>
        )}
        <FormatFields
          {...{ terms, set, fieldError }}
          hasSample={sample !== undefined || samples.length === 0 || terms.modelId.trim() === ""}
        />
      </div>
    </Panel>
  );
}

/** `hasSample` is false where the model is known to have none. */
function FormatFields({ terms, set, fieldError, hasSample }: TermsProps & { hasSample: boolean }) {
  const faultOf = (text: string) => (text.trim() === "" ? undefined : jsonFault(text));
  return (
    <>
      <div className="form-row form-row-wide">
        <AreaField
          label="Request format"
          isOptional
          className="mono"
          rows={12}
          value={terms.requestFormat}
          onChange={(requestFormat) => set({ requestFormat })}
          error={fieldError("request_format") ?? faultOf(terms.requestFormat)}
          hint={
            hasSample
              ? "A whole request in the model's own JSON. Empty: the model's sample is sent."
              : "A whole request in the model's own JSON. No sample of this model is known here: write one."
          }
        />
        <AreaField
          label="Response format"
          isOptional
          className="mono"
          rows={12}
          value={terms.responseFormat}
          onChange={(responseFormat) => set({ responseFormat })}
          error={fieldError("response_format") ?? faultOf(terms.responseFormat)}
          hint="A sample of the answer: what the paths below are written against."
        />
      </div>
      <div className="form-row">
        <TextField
          label="Timeout in seconds"
          isOptional
          inputMode="decimal"
          value={terms.timeoutSeconds}
          onChange={(timeoutSeconds) => set({ timeoutSeconds })}
          error={fieldError("request_timeout")}
          hint="Until the answer is there, or its stream begins."
        />
      </div>
    </>
  );
}
