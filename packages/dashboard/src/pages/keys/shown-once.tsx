import { CopyText } from "../../controls/copy.tsx";
import { Callout } from "../../controls/states.tsx";

/** The text of a key, in the one moment in which there is one to show. */
export function ShownOnce({ secret, what }: { secret: string; what: string }) {
  return (
    <Callout kind="good">
      <p>
        <strong>Copy {what} now.</strong> It is shown this once: the gateway keeps no more than a hash of it.
      </p>
      <CopyText text={secret} label={what} />
    </Callout>
  );
}
