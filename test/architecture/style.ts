/** Rules about single files (CONVENTIONS.md). Each gives a sentence for every breach. */
import { importsOf, withoutComments } from './imports.ts'
import { isCode, isTest, type Tree } from './tree.ts'

const LONGEST = 300
const GENERATED = /(^|\/)(generated\.ts|package-lock\.json|contract\.json|[^/]*\.golden\.txt)$/
/** Folders whose code is still: what they need comes as arguments. */
const STILL = ['libs/crm/', 'libs/documents/']

type Rule = (tree: Tree) => readonly string[]

/** A rule that looks at the code of every TypeScript file. */
function onCode(breaches: (path: string, code: string) => readonly string[]): Rule {
  return ({ files }) =>
    [...files].flatMap(([path, text]) =>
      isCode(path) && !GENERATED.test(path) ? breaches(path, withoutComments(text)) : [],
    )
}

/** No `export *`, no default exports, no enums, no namespaces. */
export const exportsAndEnums = onCode((path, code) => {
  const forbidden = {
    'export \\*': 'export *',
    'export default\\b': 'a default export',
    '(?:export )?(?:declare )?(?:const )?enum \\w': 'an enum',
    '(?:export )?namespace \\w': 'a namespace',
  }
  return Object.entries(forbidden).flatMap(([pattern, what]) =>
    new RegExp(`^${pattern}`, 'm').test(code) ? [`${path} has ${what}.`] : [],
  )
})

/** The core has no clock, no chance, no waiting, and nothing of Node. */
export const still = onCode((path, code) => {
  if (!STILL.some((folder) => path.startsWith(folder)) || isTest(path)) return []
  const nodes = importsOf(code).filter((specifier) => specifier.startsWith('node:'))
  const restless = [
    '\\bawait\\b',
    '\\basync\\b',
    'Date\\.now',
    'new Date\\(\\)',
    'Math\\.random',
    '\\bprocess\\.',
    '\\bperformance\\.',
    '\\bfetch\\(',
    '\\bsetTimeout\\b',
  ]
  const found = restless
    .filter((pattern) => new RegExp(pattern).test(code))
    .map((pattern) => pattern.replaceAll('\\b', '').replaceAll('\\', ''))
  return [...nodes, ...found].map((what) => `${path} uses ${what}: the core stays still.`)
})

/** One place a process reads its environment. Tests, and what starts the servers for them, may pass it on. */
export const environment = onCode((path, code) => {
  const allowed = isTest(path) || path.startsWith('stack/') || /(^|\/)main\.ts$/.test(path)
  return !allowed && /\bprocess\.env\b/.test(code) ? [`${path} reads process.env: only main.ts does.`] : []
})

/** A name says what is inside. */
export const names: Rule = ({ files }) =>
  [...files.keys()].flatMap((path) => {
    const parts = path.split('/').map((part) => part.replace(/\..*$/, ''))
    const empty = parts.find((part) => /^(utils?|common|types|helpers?|misc)$/.test(part))
    return empty === undefined ? [] : [`${path}: "${empty}" says nothing about what is inside.`]
  })

export const size: Rule = ({ files }) =>
  [...files].flatMap(([path, text]) => {
    // Whole files shown in a page (a fence that names one) are counted where they are.
    const own = path.endsWith('.md') ? text.replaceAll(/^```\w+ \S+\.\w+\n.*?^```$/gms, '') : text
    const lines = own.trimEnd().split('\n').length
    const written = /\.(ts|md|sh|yml|yaml|avsc)$|(^|\/)(Makefile|Dockerfile|run)$/.test(path) && !GENERATED.test(path)
    return written && lines > LONGEST ? [`${path} has ${lines} lines: look for the second thing in it.`] : []
  })

/** Patterns are put together here so that this file does not contain what it forbids. */
const MACHINE = [
  [
    'a path of one machine',
    new RegExp(`(?<![\\w.:/-])/(?:${['work', 'root', 'Users', 'home'].join('|')})/[A-Za-z0-9_]`),
  ],
  [
    'a registry host',
    new RegExp(
      ['registry', 'npmjs'].join('\\.') +
        '|' +
        ['repo', 'maven'].join('\\.') +
        '|' +
        ['artifactory', 'nexus'].map((host) => `https?://[\\w.-]*${host}`).join('|'),
    ),
  ],
] as const

/** Nothing of the machine or network a file was written on. */
export const machines: Rule = ({ files }) =>
  [...files].flatMap(([path, text]) =>
    MACHINE.flatMap(([what, pattern]) =>
      pattern.test(text) ? [`${path} has ${what}: ${pattern.exec(text)?.[0]}`] : [],
    ),
  )

/** Every file begins by saying what it promises. */
export const promises: Rule = ({ files }) =>
  [...files].flatMap(([path, text]) => {
    const exempt = !isCode(path) || isTest(path) || path.endsWith('.d.ts')
    return exempt || /^(#!.*\n)?\/\*\*/.test(text) ? [] : [`${path} does not begin with its promise (a /** comment).`]
  })
