import type { Leak } from './leak.ts'

/** What stands for a value of a conversation: `<IBAN_1>`. */
const token = /<[A-Z][A-Z_]{0,40}_[1-9][0-9]{0,8}>/g

/** The values of one conversation and the pseudonyms that a model sees instead of them. */
export interface Vault {
  /** The text with a pseudonym for each leak; one value has one pseudonym for the whole conversation. */
  pseudonymise(text: string, leaks: readonly Leak[]): string
  /** The text with every pseudonym of this vault as the value that it stands for. */
  restore(text: string): string
}

/** An empty vault. It lives in memory only, and holds what must not leave: never write it anywhere. */
export function createVault(): Vault {
  const valueByToken = new Map<string, string>()
  const tokenByValue = new Map<string, string>()
  const countByKind = new Map<string, number>()
  const pseudonym = (kind: string, value: string) => {
    const key = `${kind} ${value}`
    const known = tokenByValue.get(key)
    if (known !== undefined) return known
    const count = (countByKind.get(kind) ?? 0) + 1
    const made = `<${kind.replace(/[^a-z]+/gi, '_').toUpperCase()}_${count}>`
    countByKind.set(kind, count)
    tokenByValue.set(key, made)
    valueByToken.set(made, value)
    return made
  }
  // Text that already looks like a pseudonym gets one of its own, so that restoring is exact.
  const literal = (text: string) => text.replace(token, (written) => pseudonym('quoted', written))
  return {
    pseudonymise(text, leaks) {
      const parts: string[] = []
      let read = 0
      for (const { kind, span } of leaks) {
        const value = text.slice(span.start, span.end)
        parts.push(literal(text.slice(read, span.start)), pseudonym(kind, value))
        read = span.end
      }
      return parts.join('') + literal(text.slice(read))
    },
    restore: (text) => text.replace(token, (written) => valueByToken.get(written) ?? written),
  }
}
