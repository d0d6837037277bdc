/** `/v1/people`: who may sign in. */
import { Secret } from "@adit/bedrock";
import { z } from "zod";
import type { PersonRecord } from "../../access/people.ts";
import type { Role } from "../../store/tables/tables.ts";
import { administering, operation, type Call } from "../operation.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import { person, personCreate, personList, personUpdate } from "../schemas/people.ts";
import { deleted, listQuery, momentOf, momentOrNull, statusQuery } from "../schemas/schema.ts";

const tag = "people";
const path = "/v1/people";
const need = administering("people", "gateway");

function viewOf(one: PersonRecord, projects: Readonly<Record<string, Role>>, nowMs: number) {
  const isLocked = one.lockedUntil !== undefined && one.lockedUntil > nowMs;
  return {
    id: one.id,
    object: "user",
    email: one.email,
    name: one.name,
    role: one.role,
    status: one.disabled ? "disabled" : isLocked ? "locked" : "active",
    has_password: one.hasPassword,
    projects,
    last_sign_in_at: momentOrNull(one.lastSignInAt),
    created_at: momentOf(one.createdAt),
    last_updated_at: momentOf(one.updatedAt),
  };
}

async function answerOf({ parts }: Call<unknown, unknown>, one: PersonRecord) {
  return { body: viewOf(one, await parts.people.projectsOf(one.id), parts.store.clock.now()), shows: one };
}

export function peopleOperations() {
  return [
    operation({
      id: "createPerson",
      method: "POST",
      path,
      tag,
      summary: "Add a person, with roles in projects.",
      need,
      body: personCreate,
      answer: person,
      run: async (call) => {
        const { email, name, role = "member", password, projects = {} } = call.body;
        const input = { email, name, role, ...(password !== undefined && { password: new Secret(password) }) };
        const made = await call.parts.people.create(input, call.actor);
        for (const [projectId, given] of Object.entries(projects)) {
          await call.parts.projects.setRole({ projectId, personId: made.id }, given, call.actor);
        }
        return answerOf(call, made);
      },
    }),
    operation({
      id: "listPeople",
      method: "GET",
      path,
      tag,
      summary: "All people, by age.",
      need,
      query: z.strictObject({ ...listQuery, ...statusQuery(["active", "disabled", "locked"]) }),
      answer: personList,
      run: async ({ query, parts }) => {
        const page = pageOf(query);
        const entries = await parts.people.list(oneMore(page));
        const total = await parts.people.count(page);
        const projects = new Map(
          await Promise.all(entries.map(async ({ id }) => [id, await parts.people.projectsOf(id)] as const)),
        );
        const now = parts.store.clock.now();
        return { body: pageAnswer(entries, (one) => viewOf(one, projects.get(one.id) ?? {}, now), { page, total }) };
      },
    }),
    operation({
      id: "getPerson",
      method: "GET",
      path: `${path}/{id}`,
      tag,
      summary: "One person.",
      need,
      answer: person,
      run: async (call) => answerOf(call, await call.parts.people.get(call.parameters["id"] ?? "")),
    }),
    operation({
      id: "updatePerson",
      method: "PUT",
      path: `${path}/{id}`,
      tag,
      summary: "Change what the body names. A new password ends the person's sessions, as switching them off does.",
      need,
      body: personUpdate,
      answer: person,
      run: async (call) => {
        const { parts, actor } = call;
        const { password, ...patch } = call.body;
        const before = await parts.people.get(call.parameters["id"] ?? "");
        call.checkUnchanged(before);
        const updated = await parts.people.update(before.id, patch, actor);
        if (password === undefined) return answerOf(call, updated);
        return answerOf(call, await parts.people.setPassword(before.id, new Secret(password), actor));
      },
    }),
    operation({
      id: "deletePerson",
      method: "DELETE",
      path: `${path}/{id}`,
      tag,
      summary: "Take a person away, with the gateway keys that belong to them.",
      need,
      answer: deleted,
      run: async (call) => {
        const { parts, actor } = call;
        const before = await parts.people.get(call.parameters["id"] ?? "");
        call.checkUnchanged(before);
        for (const keyId of await parts.gatewayKeys.idsOfOwner(before.id)) {
          await parts.keyLimits.removeAll("gateway_key", keyId, actor);
          await parts.gatewayKeys.remove(keyId, actor);
        }
        await parts.people.remove(before.id, actor);
        return { body: { success: true, id: before.id, deleted: true } };
      },
    }),
  ];
}
