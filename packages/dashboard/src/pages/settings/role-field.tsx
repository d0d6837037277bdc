import { SelectField } from "../../controls/field.tsx";
import type { Role } from "../../session/session.ts";

const projectWords: Readonly<Record<Role, string>> = {
  viewer: "viewer: sees, changes nothing",
  member: "member: credentials, keys, connectors, configs",
  admin: "admin: all, and who is in the project",
};
const gatewayWords: Readonly<Record<Role, string>> = {
  viewer: "viewer: no more than projects give",
  member: "member: no more than projects give",
  admin: "admin: all, in every project",
};

interface RoleFieldProps {
  label: string;
  role: Role;
  onChange: (role: Role) => void;
  isOverAll?: boolean;
}

export function RoleField({ label, role, onChange, isOverAll = false }: RoleFieldProps) {
  const words = isOverAll ? gatewayWords : projectWords;
  const roles: readonly Role[] = isOverAll ? ["member", "admin"] : ["viewer", "member", "admin"];
  return (
    <SelectField label={label} value={role} onChange={(value) => onChange(value as Role)}>
      {roles.map((one) => (
        <option key={one} value={one}>
          {words[one]}
        </option>
      ))}
      {!roles.includes(role) && <option value={role}>{words[role]}</option>}
    </SelectField>
  );
}
