/** What a TypeScript file imports, read from its text; comments are not looked at. */

const FROM = /^(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm
const BARE = /^import\s*['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport(?:\.meta\.resolve)?\(\s*['"`]([^'"`]+)['"`]/g
/** Of a package without types. */
const REQUIRE = /\bcreateRequire\(import\.meta\.url\)\(\s*['"]([^'"]+)['"]/g

export function importsOf(source: string): readonly string[] {
  const code = withoutComments(source)
  return [FROM, BARE, DYNAMIC, REQUIRE].flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''))
}

/** Block comments, and lines that are a comment; a comment behind code stays, which harms no rule here. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

/** `@scope/name` or `name` of a specifier that is no path and no built-in; undefined for those. */
export function packageName(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('node:')) return undefined
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}
