/** Connecting and disconnecting workspaces. */
export type { Connected, ConnectOptions, Tested, WorkspaceOptions } from './connect.ts'
export { ConnectError, connectWorkspace, disconnectWorkspace, testWorkspace } from './connect.ts'
