import type { ComponentProps, ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";

export interface ButtonProps extends Omit<ComponentProps<"button">, "children"> {
  variant?: "primary" | "plain" | "quiet" | "danger";
  icon?: IconName;
  /** True while what it began is under way: it takes no other press. */
  isBusy?: boolean;
  children?: ReactNode;
}

/** While it is busy it keeps the focus, which a browser takes from what is disabled: whoever works by keyboard goes on from where they were. */
export function Button({ variant = "plain", icon, isBusy = false, children, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${variant} ${className ?? ""}`}
      onClick={(event) => {
        // Of a form it would send that a second time; Enter in one of its fields comes as such a press too.
        if (isBusy) event.preventDefault();
        else rest.onClick?.(event);
      }}
      aria-disabled={isBusy}
      aria-busy={isBusy}
    >
      {isBusy ? <span className="spinner" aria-hidden="true" /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}
