/** What people in sales write: notes, tasks and comments put together from parts a human would believe. */
import { pick, type Random } from '../world/random.ts'

export interface Cast {
  readonly company: string
  readonly person: string
  readonly member: string
  readonly product: string
}

export const PRODUCTS = ['Starter', 'Team', 'Business', 'Enterprise', 'Data Residency add-on', 'Premium Support']

const openings: readonly ((c: Cast) => string)[] = [
  (c) => `Good call with ${c.person} at ${c.company}.`,
  (c) => `Met ${c.person} at their office; the whole buying committee was there.`,
  (c) => `Short catch-up with ${c.person}, who is back from parental leave.`,
  (c) => `${c.person} forwarded our proposal to procurement.`,
  (c) => `Discovery call, 45 minutes, ${c.member} and ${c.person}.`,
  (c) => `${c.company} is consolidating tools this year and we are on the short list.`,
]
const needs: readonly ((c: Cast) => string)[] = [
  () => 'They want single sign-on in the base price. Budget is approved until the end of the year.',
  (c) => `Current provider raised prices by 22 %, so ${c.product} is attractive even before discounts.`,
  () => 'Main pain: reporting takes two days a month and nobody trusts the numbers.',
  () => 'Security review is the gate. They need the SOC 2 report and an answer on data residency in Frankfurt.',
  (c) => `They would start with 40 seats of ${c.product} and grow to about 200 after the migration.`,
  () => 'Legal insists on a 30-day termination clause; finance prefers annual prepayment with 5 % off.',
  () => 'Integration with their ERP is a must. Their IT has one engineer free in Q1.',
]
const nexts: readonly ((c: Cast) => string)[] = [
  (c) => `Next: ${c.member} sends the revised quote by Friday.`,
  (c) => `Next: demo for the operations team, ${c.person} invites them.`,
  () => 'Next: reference call with a customer of similar size.',
  () => 'Next step is a two-week pilot, success criteria to be agreed in writing.',
  (c) => `${c.person} will come back after the board meeting on the 14th.`,
  () => 'They are comparing us with two others; decision expected before the summer.',
]
const titles: readonly ((c: Cast) => string)[] = [
  (c) => `Call with ${c.person}`,
  (c) => `${c.company}: discovery`,
  () => 'Pricing discussion',
  () => 'Security questionnaire',
  (c) => `Demo of ${c.product}`,
  () => 'Renewal check-in',
  () => 'Quarterly business review',
  () => 'Notes from the site visit',
]
const tasks: readonly ((c: Cast) => string)[] = [
  (c) => `Send the revised quote to ${c.person}`,
  (c) => `Follow up with ${c.person} about ${c.product}`,
  () => 'Answer the security questionnaire',
  (c) => `Book the demo for ${c.company}`,
  () => 'Prepare slides for the business review',
  () => 'Check the contract with legal',
  (c) => `Ask ${c.person} for an introduction to the CFO`,
  () => 'Update the forecast',
]
const comments: readonly ((c: Cast) => string)[] = [
  (c) => `@${c.member} can you take this one?`,
  () => 'Looks stuck, let us talk on Monday.',
  () => 'Great news, well done!',
  (c) => `${c.person} just replied, see the mail thread.`,
]

export const noteTitle = (random: Random, cast: Cast): string => pick(random, titles)(cast)
export const taskText = (random: Random, cast: Cast): string => pick(random, tasks)(cast)
export const commentText = (random: Random, cast: Cast): string => pick(random, comments)(cast)

export function noteMarkdown(random: Random, cast: Cast): string {
  const opening = pick(random, openings)(cast)
  const need = pick(random, needs)(cast)
  const next = pick(random, nexts)(cast)
  if (random() < 0.25)
    return `# Summary\n${opening}\n\n## What they need\n- ${need}\n- **${cast.product}** fits best\n\n${next}`
  if (random() < 0.15)
    return `${opening} ==Important==: ${need}\n\nSee [the proposal](https://docs.example.com/p/${Math.floor(random() * 9999)}).`
  return `${opening} ${need}\n\n${next}`
}

/** A transcript of roughly this many characters. */
export function longNote(random: Random, cast: Cast, length: number): string {
  const parts: string[] = [`# Transcript: ${cast.company}`]
  let size = 0
  for (let minute = 0; size < length; minute++) {
    const speaker = minute % 2 === 0 ? cast.person : cast.member
    const line = `**${speaker}** (${minute} min): ${pick(random, openings)(cast)} ${pick(random, needs)(cast)} ${pick(random, nexts)(cast)}`
    parts.push(line)
    size += line.length + 2
  }
  return parts.join('\n\n')
}

/** Names and titles that break careless code. */
export const HARD_NAMES: readonly string[] = [
  '🚀 Rocket Bakery 🥐',
  'شركة النخلة للتجارة',
  'חברת הגלים בע״מ',
  '株式会社さくらシステム',
  'O\'Brien & Søns "Holding" <GmbH>',
  'Zoë’s Café — naïve façade, ltd.',
  '👩‍👩‍👧‍👦 Family Office',
  `The ${'Very '.repeat(97)}Long Co`.padEnd(500, '.'),
]
export const HARD_PEOPLE: readonly (readonly [string, string])[] = [
  ['محمد', 'الأحمد'],
  ['נועה', 'לוי'],
  ['Zoë', 'Müller-Lüdenscheidt'],
  ['太郎', '山田'],
  ['🦄', 'Unicorn'],
  ['Cher', ''],
  ['Anne-Sophie', 'X'.repeat(487)],
]
