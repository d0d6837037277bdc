import { SelectField } from "../../controls/forms/field.tsx";
import type { Role } from "../../session/session.ts";

const projectWords: Readonly<Record<Role, string>> = {
  viewer: "Sees all but secrets, changes nothing.",
  member: "Changes credentials, keys, connectors, configs, guardrails and prompts, and calls models here.",
  admin: "Changes all, and who is in the project, its budgets and limits; sees the audit log.",
};
const gatewayWords: Readonly<Record<Role, string>> = {
  viewer: "Has what a role in a project gives, and no more.",
  member: "Has what a role in a project gives, and no more.",
  admin: "Changes all in every project, people, projects and the master key.",
};

interface RoleFieldProps {
  label: string;
  role: Role;
  onChange: (role: Role) => void;
  isOverAll?: boolean;
  /** In a table the role alone. */
  isBrief?: boolean;
}

export function RoleField({ label, role, onChange, isOverAll = false, isBrief = false }: RoleFieldProps) {
  const words = isOverAll ? gatewayWords : projectWords;
  const roles: readonly Role[] = isOverAll ? ["member", "admin"] : ["viewer", "member", "admin"];
  return (
    <SelectField
      label={label}
      value={role}
      hint={isBrief ? undefined : words[role]}
      onChange={(value) => onChange(value as Role)}
    >
      {roles.map((one) => (
        <option key={one}>{one}</option>
      ))}
      {!roles.includes(role) && <option>{role}</option>}
    </SelectField>
  );
}
