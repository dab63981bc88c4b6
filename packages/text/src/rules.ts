import type { ErrorPage, Reference, Severity, VerdictKind } from '@merlon/core'
import type { LeakRule } from './leaks/leak.ts'

/** What a rule means, how bad a leak of it is, and what is done unless a policy says otherwise. */
export interface TextRule extends ErrorPage {
  readonly severity: Severity
  readonly verdict: VerdictKind
  readonly references: readonly Reference[]
}

const disclosure: Reference = {
  catalogue: 'OWASP-LLM',
  id: 'LLM02:2025',
  title: 'Sensitive Information Disclosure',
}

/** Every rule of the text guard; `merlon explain RULE` prints its page. */
export const textRules: Readonly<Record<LeakRule, TextRule>> = {
  'text/pii': {
    title: 'the text names a person by a number or an address',
    meaning:
      'An identifier whose arithmetic holds, an address or a telephone number stands in the text, as written or hidden in a coding. Names and places are not looked for.',
    fix: 'Mask it, or let the vault put a pseudonym in its place and restore the value in the answer.',
    severity: 'medium',
    verdict: 'rewrite',
    references: [disclosure],
  },
  'text/secret': {
    title: 'the text holds a key, a token or a password',
    meaning:
      'Something in the text has the form of a credential, or is assigned to a name that says so, and is as random as one. Whether it still opens anything was not tried.',
    fix: 'Revoke it if it is real: it has been in a text. Read secrets from the environment or a file instead.',
    severity: 'high',
    verdict: 'rewrite',
    references: [disclosure],
  },
}
