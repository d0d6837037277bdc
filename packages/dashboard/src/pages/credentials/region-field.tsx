import { useId, type ComponentProps } from "react";
import { TextField } from "../../controls/forms/field.tsx";

export const regionHint =
  "The code in the address of AWS's console, such as us-west-2 in us-west-2.console.aws.amazon.com. Models must be available there.";

const regions = [
  "us-east-1",
  "us-east-2",
  "us-west-2",
  "ca-central-1",
  "sa-east-1",
  "eu-central-1",
  "eu-north-1",
  "eu-south-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "us-gov-west-1",
] as const;

/** One of AWS's regions: those that Bedrock is known to be in to choose from, and any other may be written. */
export function RegionField(props: Omit<ComponentProps<typeof TextField>, "list" | "className">) {
  const listId = useId();
  return (
    <>
      <TextField placeholder="us-east-1" {...props} className="mono" list={listId} />
      <datalist id={listId}>
        {regions.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
