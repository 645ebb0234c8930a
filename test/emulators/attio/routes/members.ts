/** Workspace members over REST: all at once, the suspended included. */
import { missing, type Route } from '../http/call.ts'
import { wireMember } from '../wire/things.ts'

export const memberRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v2/workspace_members',
    scopes: ['user_management:read'],
    budgets: ['read'],
    run: ({ scene: { workspace } }) => ({
      json: { data: [...workspace.members.values()].map((member) => wireMember(workspace, member)) },
    }),
  },
  {
    method: 'GET',
    path: '/v2/workspace_members/:workspace_member_id',
    scopes: ['user_management:read'],
    budgets: ['read'],
    run: ({ scene: { workspace }, params }) => {
      const id = params.workspace_member_id ?? ''
      return { json: { data: wireMember(workspace, workspace.members.get(id) ?? missing('workspace member', id)) } }
    },
  },
]
