/** Everything that is not a record or an entry, as Attio writes it. */
import { plainOf } from '../world/children.ts'
import type { Attribute, Collection, Comment, Member, Note, Task, Token, Webhook, Workspace } from '../world/model.ts'
import { instant } from '../world/time.ts'

export function wireObject(workspace: Workspace, object: Collection) {
  return {
    id: { workspace_id: workspace.id, object_id: object.id },
    api_slug: object.slug,
    singular_noun: object.singular,
    plural_noun: object.plural,
    created_at: instant(object.createdAt),
  }
}

export function wireList(workspace: Workspace, list: Collection) {
  return {
    id: { workspace_id: workspace.id, list_id: list.id },
    api_slug: list.slug,
    name: list.singular,
    parent_object: [workspace.objects.get(list.parentObject ?? '')?.slug ?? 'unknown'],
    workspace_access: list.access.workspace,
    workspace_member_access: list.access.members.map(({ member, level }) => ({ workspace_member_id: member, level })),
    created_by_actor: list.createdBy,
    created_at: instant(list.createdAt),
  }
}

export function wireAttribute(workspace: Workspace, collection: Collection, attribute: Attribute) {
  const id = { workspace_id: workspace.id, object_id: collection.id, attribute_id: attribute.id }
  const far = workspace.objects.get(attribute.relationship?.object ?? '')
  const other = far?.attributes.find((candidate) => candidate.id === attribute.relationship?.attribute)
  return {
    id,
    title: attribute.title,
    description: attribute.description,
    api_slug: attribute.slug,
    type: attribute.type,
    is_system_attribute: attribute.system,
    is_writable: attribute.writable,
    is_required: attribute.required,
    is_unique: attribute.unique,
    is_multiselect: attribute.multi,
    is_default_value_enabled: attribute.defaultValue !== null,
    is_archived: attribute.archived,
    default_value: attribute.defaultValue,
    relationship:
      far && other
        ? {
            id: { workspace_id: workspace.id, object_id: far.id, attribute_id: other.id },
            object_slug: far.slug,
            title: other.title,
            api_slug: other.slug,
            is_multiselect: other.multi,
          }
        : null,
    created_at: instant(attribute.createdAt),
    config: {
      currency: { default_currency_code: attribute.currencyCode, display_type: attribute.currencyDisplay },
      record_reference: { allowed_object_ids: attribute.allowedObjects },
    },
  }
}

export function wireMember(workspace: Workspace, member: Member) {
  return {
    id: { workspace_id: workspace.id, workspace_member_id: member.id },
    first_name: member.first,
    last_name: member.last,
    avatar_url: member.avatar,
    email_address: member.email,
    access_level: member.access,
    created_at: instant(member.createdAt),
  }
}

const slugOf = (workspace: Workspace, object: string) => workspace.objects.get(object)?.slug ?? object

export function wireNote(workspace: Workspace, note: Note) {
  return {
    id: { workspace_id: workspace.id, note_id: note.id },
    parent_object: slugOf(workspace, note.parent.object),
    parent_record_id: note.parent.record,
    title: note.title,
    meeting_id: null,
    content_plaintext: note.format === 'markdown' ? plainOf(note.content) : note.content,
    content_markdown: note.content,
    tags: note.tags,
    created_by_actor: note.by,
    created_at: instant(note.createdAt),
  }
}

export function wireTask(workspace: Workspace, task: Task) {
  return {
    id: { workspace_id: workspace.id, task_id: task.id },
    content_plaintext: task.content,
    deadline_at: task.deadline,
    is_completed: task.completedAt !== null,
    completed_at: task.completedAt === null ? null : instant(task.completedAt),
    linked_records: task.linked.map((ref) => ({
      target_object_id: slugOf(workspace, ref.object),
      target_record_id: ref.record,
    })),
    assignees: task.assignees.map((id) => ({ referenced_actor_type: 'workspace-member', referenced_actor_id: id })),
    created_by_actor: task.by,
    created_at: instant(task.createdAt),
  }
}

export function wireComment(workspace: Workspace, comment: Comment) {
  return {
    id: { workspace_id: workspace.id, comment_id: comment.id },
    thread_id: comment.thread,
    content_plaintext: comment.content,
    entry: comment.entry && { entry_id: comment.entry.entry, list_id: comment.entry.list },
    record: { record_id: comment.record.record, object_id: comment.record.object },
    resolved_at: comment.resolvedAt === null ? null : instant(comment.resolvedAt),
    resolved_by: comment.resolvedBy,
    created_at: instant(comment.createdAt),
    author: comment.author,
  }
}

export function wireThread(workspace: Workspace, comments: readonly Comment[]) {
  const first = comments[0] as Comment
  return {
    id: { workspace_id: workspace.id, thread_id: first.thread },
    comments: comments.map((comment) => wireComment(workspace, comment)),
    created_at: instant(first.createdAt),
  }
}

/** Without the secret, which only the answer to the creating call holds. */
export function wireWebhook(workspace: Workspace, webhook: Webhook) {
  return {
    id: { workspace_id: workspace.id, webhook_id: webhook.id },
    target_url: webhook.url,
    subscriptions: webhook.subscriptions,
    status: webhook.status,
    created_at: instant(webhook.createdAt),
  }
}

export function wireSelf(workspace: Workspace, token: Token) {
  return {
    active: true,
    scope: token.scopes.join(' '),
    client_id: token.client,
    token_type: 'Bearer',
    exp: null,
    iat: Math.floor(token.issuedAt / 1000),
    sub: workspace.id,
    aud: token.client,
    iss: 'attio.com',
    authorized_by_workspace_member_id: token.member,
    workspace_id: workspace.id,
    workspace_name: workspace.name,
    workspace_slug: workspace.slug,
    workspace_logo_url: null,
  }
}
