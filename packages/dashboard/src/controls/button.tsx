import type { ComponentProps, ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";

export interface ButtonProps extends Omit<ComponentProps<"button">, "children"> {
  variant?: "primary" | "plain" | "quiet" | "danger";
  icon?: IconName;
  /** True while what it began is under way: it takes no other press. */
  isBusy?: boolean;
  children?: ReactNode;
}

export function Button({ variant = "plain", icon, isBusy = false, children, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${variant} ${className ?? ""}`}
      disabled={rest.disabled === true || isBusy}
      aria-busy={isBusy}
    >
      {isBusy ? <span className="spinner" aria-hidden="true" /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}
