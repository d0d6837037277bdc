import { leaveOut, nameDropped, pathText, type NativeDraft } from "./draft.ts";

/**
 * Messages of role system in the middle of the conversation, which the newest Claude alone takes (tried on Bedrock: BerriAI/litellm#32831).
 * Other models get their words where they stand, from the user: at the end of the system prompt each would end what is cached of the
 * conversation. One that stands first is left to AWS, which names the field for it.
 */
export function settleSystemMessages(draft: NativeDraft): void {
  const { request, model, edits } = draft;
  if (model.can.systemMessages) {
    return;
  }
  for (const [index, { role, content, ...others }] of request.messages.entries()) {
    if (role !== "system" || index === 0) {
      continue;
    }
    const path = ["messages", index];
    if (content.length === 0) {
      leaveOut(draft, path);
      continue;
    }
    edits.set([...path, "role"], '"user"');
    nameDropped(draft, pathText([...path, "role"]));
    for (const field of Object.keys(others)) {
      leaveOut(draft, [...path, field]);
    }
  }
}
