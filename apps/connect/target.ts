/** The URL Attio delivers to. Its last part is known to Attio and to us only, so it is not printed. */

export function webhookTarget(publicUrl: string, key: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/webhooks/attio/${key}`
}

/** The URL as it may be shown. */
export function shownTarget(publicUrl: string): string {
  return webhookTarget(publicUrl, '…')
}
