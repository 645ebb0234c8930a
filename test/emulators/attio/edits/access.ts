/** Edits of members, tokens and webhooks. */
import { ApiError, invalid } from '../errors.ts'
import { emit } from '../world/events.ts'
import { SYSTEM } from '../world/model.ts'
import type { Desk, Where } from './desk.ts'

export function accessEdits({ world, scene }: Desk) {
  const member = (args: Where & { member: string }) => {
    const { members } = world.workspace(args.workspace)
    const found = members.get(args.member) ?? [...members.values()].find((each) => each.email === args.member)
    if (!found) throw invalid(`No workspace member "${args.member}".`)
    return { members, found }
  }

  return {
    addMember: (args: Where & { first: string; last: string; email: string; access?: 'admin' | 'member' }) => {
      const s = scene(args)
      const id = world.uuid()
      const { first, last, email, access = 'member' } = args
      s.workspace.members.set(id, { id, first, last, email, avatar: null, access, createdAt: world.now() })
      emit(s, 'workspace-member.created', { workspace_member_id: id }, SYSTEM)
      return { id }
    },
    /** Silent, like everything about members but their arrival. */
    renameMember: (args: Where & { member: string; first: string; last: string }) => {
      const { members, found } = member(args)
      members.set(found.id, { ...found, first: args.first, last: args.last })
      return { id: found.id }
    },
    suspendMember: (args: Where & { member: string }) => {
      const { members, found } = member(args)
      members.set(found.id, { ...found, access: 'suspended' })
      return { id: found.id }
    },
    revokeToken: (args: { token: string }) => {
      const token = world.tokens.get(args.token)
      if (!token) throw new ApiError(400, 'value_not_found', 'No such token.')
      token.revoked = true
      return {}
    },
    restoreToken: (args: { token: string }) => {
      const token = world.tokens.get(args.token)
      if (!token) throw new ApiError(400, 'value_not_found', 'No such token.')
      token.revoked = false
      return {}
    },
    setScopes: (args: { token: string; scopes: string[] }) => {
      const token = world.tokens.get(args.token)
      if (!token) throw new ApiError(400, 'value_not_found', 'No such token.')
      token.scopes = args.scopes
      return {}
    },
    /** Any status, documented or not. */
    setWebhookStatus: (args: Where & { webhook: string; status: string }) => {
      const webhook = world.workspace(args.workspace).webhooks.get(args.webhook)
      if (!webhook) throw invalid(`No webhook "${args.webhook}".`)
      webhook.status = args.status
      webhook.degradedAt = args.status === 'degraded' ? world.now() : null
      return {}
    },
  }
}
