/** Unix globs as the globset crate reads them: `*`, `**`, `?`, `[a-z]`, `[!a]`, `{a,b}`, `\x`; `*` also crosses `/`. */
export function globToRegex(glob: string, caseInsensitive: boolean): RegExp {
  let source = ''
  let depth = 0
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i] as string
    if (char === '*') {
      while (glob[i + 1] === '*') i++
      source += '.*'
    } else if (char === '?') source += '.'
    else if (char === '[') {
      const end = glob.indexOf(']', i + 2)
      if (end < 0) throw new SyntaxError(`unclosed character class in glob '${glob}'`)
      const body = glob.slice(i + 1, end)
      const negated = body.startsWith('!') || body.startsWith('^')
      source += `[${negated ? '^' : ''}${body.slice(negated ? 1 : 0).replace(/[\\\]^]/g, '\\$&')}]`
      i = end
    } else if (char === '{') {
      source += '(?:'
      depth++
    } else if (char === '}' && depth > 0) {
      source += ')'
      depth--
    } else if (char === ',' && depth > 0) source += '|'
    else if (char === '\\' && i + 1 < glob.length) source += literally(glob[++i] as string)
    else source += literally(char)
  }
  if (depth > 0) throw new SyntaxError(`unclosed alternation in glob '${glob}'`)
  return new RegExp(`^${source}$`, caseInsensitive ? 'isu' : 'su')
}

const literally = (char: string) => char.replace(/[.*+?^${}()|[\]\\/]/, '\\$&')
