/** Projects (Portkey's workspaces), people, and the audit log. */
import { z } from "zod";
import { exampleList, exampleMoment, listOf, listQuery, moment, momentIn, named } from "./schema.ts";

export const role = z.enum(["admin", "member", "viewer"]);

export const projectCreate = named(
  "ProjectCreate",
  z.strictObject({
    name: z.string(),
    slug: z.string().optional().describe("Made from the name where it is absent."),
    description: z.string().optional(),
  }),
  { name: "Billing", slug: "billing" },
);

export const projectUpdate = named(
  "ProjectUpdate",
  z.strictObject({ name: z.string().optional(), description: z.string().nullable().optional() }),
  { description: "Invoices and reminders" },
);

const projectFields = {
  id: z.string(),
  object: z.literal("workspace"),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  created_at: moment,
  last_updated_at: moment,
};
const exampleProject = {
  id: "prj_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "workspace" as const,
  slug: "billing",
  name: "Billing",
  description: null,
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

export const project = named("Project", z.strictObject(projectFields), exampleProject);
export const projectList = named("ProjectList", listOf(project), exampleList(exampleProject));
export const projectListQuery = z.strictObject({
  ...listQuery,
  name: listQuery.search.describe("Portkey's name of `search`."),
  exact_name: z.string().max(200).optional().describe("The whole name."),
});

export const personCreate = named(
  "PersonCreate",
  z.strictObject({
    email: z.string(),
    name: z.string(),
    role: role.optional().describe("In the whole gateway: an admin is one in every project. Default member."),
    password: z.string().meta({ writeOnly: true }).optional().describe("Without one they cannot sign in yet."),
    projects: z.record(z.string(), role).optional().describe("Roles by the project's id."),
  }),
  { email: "ada@example.com", name: "Ada", projects: { "prj_00000000-0000-7000-8000-000000000000": "member" } },
);

export const personUpdate = named(
  "PersonUpdate",
  z.strictObject({
    name: z.string().optional(),
    role: role.optional(),
    disabled: z.boolean().optional(),
    password: z.string().meta({ writeOnly: true }).optional(),
  }),
  { role: "viewer" },
);

const personFields = {
  id: z.string(),
  object: z.literal("user"),
  email: z.string(),
  name: z.string(),
  role,
  status: z.enum(["active", "disabled", "locked"]),
  has_password: z.boolean(),
  projects: z.record(z.string(), role),
  last_sign_in_at: moment.nullable(),
  created_at: moment,
  last_updated_at: moment,
};
const examplePerson = {
  id: "psn_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "user" as const,
  email: "ada@example.com",
  name: "Ada",
  role: "member" as const,
  status: "active" as const,
  has_password: true,
  projects: { "prj_00000000-0000-7000-8000-000000000000": "member" as const },
  last_sign_in_at: null,
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

export const person = named("Person", z.strictObject(personFields), examplePerson);
export const personList = named("PersonList", listOf(person), exampleList(examplePerson));

const memberFields = { id: z.string(), object: z.literal("workspace-user"), email: z.string(), name: z.string(), role };
const exampleMember = {
  id: examplePerson.id,
  object: "workspace-user" as const,
  email: "ada@example.com",
  name: "Ada",
  role: "member" as const,
};
export const member = named("ProjectMember", z.strictObject(memberFields), exampleMember);
export const memberList = named("ProjectMemberList", listOf(member), exampleList(exampleMember));
export const memberUpdate = named("ProjectMemberUpdate", z.strictObject({ role }), { role: "admin" });

export const auditQuery = z.strictObject({
  limit: listQuery.limit,
  after: listQuery.after,
  workspace_id: z
    .string()
    .optional()
    .describe("Id or slug of the project. Default: all that the caller is an admin of."),
  action: z.string().max(100).optional().describe("Such as virtual_key.update."),
  object_kind: z.string().max(100).optional(),
  object_id: z.string().max(100).optional(),
  actor_id: z.string().max(100).optional(),
  from: momentIn.optional(),
  to: momentIn.optional(),
});

const auditFields = {
  id: z.string(),
  object: z.literal("audit-log"),
  at: moment,
  workspace_id: z.string().nullable(),
  actor: z.strictObject({ kind: z.string(), id: z.string().nullable(), address: z.string().nullable() }),
  action: z.string(),
  object_kind: z.string(),
  object_id: z.string(),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
  request_id: z.string().nullable(),
};
const exampleAudit = {
  id: "aud_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "audit-log" as const,
  at: exampleMoment,
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  actor: { kind: "person", id: examplePerson.id, address: "10.0.0.7" },
  action: "virtual_key.update",
  object_kind: "virtual_key",
  object_id: "vk_01890a5d-ac96-774b-bcce-b302099a8057",
  before: { name: "Bedrock" },
  after: { name: "Bedrock production" },
  request_id: "req_01890a5d-ac96-774b-bcce-b302099a8057",
};

const auditEntry = named("AuditEntry", z.strictObject(auditFields), exampleAudit);
export const auditList = named(
  "AuditList",
  z.strictObject({
    object: z.literal("list"),
    success: z.literal(true),
    data: z.array(auditEntry),
    has_more: z.boolean(),
    last_id: z.string().nullable(),
  }),
  { object: "list", success: true, data: [exampleAudit], has_more: false, last_id: exampleAudit.id },
);
