/** Projects, under Portkey's name (`/v1/admin/workspaces`) and Adit's (`/v1/projects`), and who works on them. */
import type { Member, Project } from "../../access/projects.ts";
import { administering, operation, type Call, type Need } from "../operation.ts";
import { oneMore, pageAnswer, pageOf, wholeAnswer } from "../page.ts";
import { notHere, projectsOfPrincipal } from "../rights.ts";
import {
  member,
  memberList,
  memberUpdate,
  project,
  projectCreate,
  projectList,
  projectListQuery,
  projectUpdate,
} from "../schemas/people.ts";
import { deleted, momentOf } from "../schemas/schema.ts";

const tag = "projects";
const seen: Need = { scope: "workspaces.read", role: "viewer", over: "project" };
const overAll = administering("workspaces", "gateway");
const overOne = administering("workspaces", "project");

function viewOf(one: Project) {
  return {
    id: one.id,
    object: "workspace",
    slug: one.slug,
    name: one.name,
    description: one.description ?? null,
    created_at: momentOf(one.createdAt),
    last_updated_at: momentOf(one.updatedAt),
  };
}

function memberViewOf({ personId, email, name, role }: Member) {
  return { id: personId, object: "workspace-user", email, name, role };
}

/** By its id or slug. @throws AditError `not_found`, `forbidden` */
async function projectOf(call: Call<unknown, unknown>): Promise<Project> {
  const found = await call.parts.projects.find(call.parameters["project"] ?? "");
  if (found === undefined) throw notHere();
  call.checkRight(found.id);
  return found;
}

export function projectOperations() {
  return [
    ...readingUnder("/v1/projects", ""),
    ...readingUnder("/v1/admin/workspaces", "Workspace"),
    ...changes(),
    ...members(),
  ];
}

/** The same list and the same objects at both paths: Portkey's clients read workspaces. */
function readingUnder(path: string, suffix: string) {
  return [
    operation({
      id: `list${suffix === "" ? "Project" : suffix}s`,
      method: "GET",
      path,
      tag,
      summary: "The projects that the caller has a part in.",
      need: seen,
      query: projectListQuery,
      answer: projectList,
      run: async ({ query, parts, principal }) => {
        const page = pageOf({ ...query, search: query.search ?? query.name });
        const filter = { ...page, name: query.exact_name };
        const among = projectsOfPrincipal(principal);
        const entries = await parts.projects.list({ ...filter, ...oneMore(page) }, among);
        const total = await parts.projects.count(filter, among);
        return { body: pageAnswer(entries, viewOf, { page, total }) };
      },
    }),
    operation({
      id: `get${suffix === "" ? "Project" : suffix}`,
      method: "GET",
      path: `${path}/{project}`,
      tag,
      summary: "One project, by its id or slug.",
      need: seen,
      answer: project,
      run: async (call) => {
        const found = await projectOf(call);
        return { body: viewOf(found), shows: found };
      },
    }),
  ];
}

function changes() {
  const path = "/v1/projects";
  return [
    operation({
      id: "createProject",
      method: "POST",
      path,
      tag,
      summary: "Make a project: what is in it is seen from no other.",
      need: overAll,
      body: projectCreate,
      answer: project,
      run: async ({ body, parts, actor }) => {
        const made = await parts.projects.create(body, actor);
        return { body: viewOf(made), shows: made };
      },
    }),
    operation({
      id: "updateProject",
      method: "PUT",
      path: `${path}/{project}`,
      tag,
      summary: "Change what the body names.",
      need: overOne,
      body: projectUpdate,
      answer: project,
      run: async (call) => {
        const before = await projectOf(call);
        call.checkUnchanged(before);
        const updated = await call.parts.projects.update(before.id, call.body, call.actor);
        return { body: viewOf(updated), shows: updated };
      },
    }),
    operation({
      id: "deleteProject",
      method: "DELETE",
      path: `${path}/{project}`,
      tag,
      summary:
        "Take an empty project away. What its calls were stays within reach of admins of the gateway, by its id.",
      need: overAll,
      answer: deleted,
      run: async (call) => {
        const before = await projectOf(call);
        call.checkUnchanged(before);
        // Their alerts' addresses are sealed: with the project's row alone they would stay.
        await call.parts.limitSettings.removeOfProject(before.id, call.actor);
        await call.parts.projects.remove(before.id, call.actor);
        return { body: { success: true, id: before.id, deleted: true } };
      },
    }),
  ];
}

function members() {
  const path = "/v1/projects/{project}/people";
  return [
    operation({
      id: "listProjectMembers",
      method: "GET",
      path,
      tag,
      summary: "The people of a project, and their roles in it.",
      need: overOne,
      answer: memberList,
      run: async (call) => {
        const { id } = await projectOf(call);
        return { body: wholeAnswer((await call.parts.projects.members(id)).map(memberViewOf)) };
      },
    }),
    operation({
      id: "setProjectMember",
      method: "PUT",
      path: `${path}/{person}`,
      tag,
      summary: "Give a person a role in the project.",
      need: overOne,
      body: memberUpdate,
      answer: member,
      run: async (call) => {
        const { id: projectId } = await projectOf(call);
        const personId = call.parameters["person"] ?? "";
        await call.parts.projects.setRole({ projectId, personId }, call.body.role, call.actor);
        const { email, name } = await call.parts.people.get(personId);
        return { body: memberViewOf({ personId, email, name, role: call.body.role }) };
      },
    }),
    operation({
      id: "deleteProjectMember",
      method: "DELETE",
      path: `${path}/{person}`,
      tag,
      summary: "Take a person's role in the project away.",
      need: overOne,
      answer: deleted,
      run: async (call) => {
        const { id: projectId } = await projectOf(call);
        const personId = call.parameters["person"] ?? "";
        await call.parts.projects.setRole({ projectId, personId }, undefined, call.actor);
        return { body: { success: true, id: personId, deleted: true } };
      },
    }),
  ];
}
