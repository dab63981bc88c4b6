import type { Finder } from '../hit.ts'

/** A secret in a passage of its own syntax; the first group, if there is one, is the secret. */
interface Passage {
  readonly kind: string
  /** What the text must hold, in lower case. */
  readonly hint: string
  readonly form: RegExp
}

const passages: readonly Passage[] = [
  {
    // RFC 7468 and OpenPGP, also without its end: a cut key is a key
    kind: 'private-key',
    hint: 'private key',
    form: /-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----[\s\w+/=:;,.()\\-]{0,16000}?(?:-----END[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----|(?![\s\w+/=:;,.()\\-]))/dg,
  },
  {
    kind: 'url-password',
    hint: '://',
    form: /(?<![\w+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>]{1,100}:([^\s/:@"'<>]{3,200})@[\w.-]{1,200}/dgi,
  },
  {
    kind: 'curl-auth-header',
    hint: 'curl',
    form: /\bcurl\b[^\n]{0,200}?\s(?:-H|--header)[= ]{0,5}["']?(?:Authorization: {0,5}(?:(?:Basic|Bearer|Token|Api-Token) )?|(?:X-)?(?:[a-z]{1,20}-)?(?:Api-?)?(?:Key|Token): {0,5})([\w=~@.+/-]{8,500})/dgi,
  },
  {
    kind: 'curl-auth-user',
    hint: 'curl',
    form: /\bcurl\b[^\n]{0,200}?\s(?:-u|--user)[= ]{0,5}["']?([\w$@.-]{0,100}:[^\s"']{3,200})/dg,
  },
  {
    kind: 'bearer-token',
    hint: 'bearer',
    form: /\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?bearer\s{1,3}([\w=~.+/-]{16,2000})/dgi,
  },
  {
    kind: 'nuget-config-password',
    hint: 'password"',
    form: /<add key="(?:ClearText)?Password"\s{0,10}value="([^"\n]{8,500})"/dgi,
  },
  {
    kind: 'freemius-secret-key',
    hint: 'secret_key',
    form: /["']secret_key["']\s{0,5}=>\s{0,5}["'](sk_\S{29})["']/dgi,
  },
  {
    kind: 'sidekiq-sensitive-url',
    hint: 'contribsys.com',
    form: /https?:\/\/([0-9a-f]{8}:[0-9a-f]{8})@(?:gems|enterprise)\.contribsys\.com/dgi,
  },
  {
    kind: 'kubernetes-secret-yaml',
    hint: 'kind: secret',
    form: /\bkind: Secret\b[\s\S]{0,300}?\bdata:\s{1,10}[\w.-]{1,100}:\s{1,5}["']?([A-Za-z0-9+/]{10,4000}={0,3})/dgi,
  },
]

/** Secrets that a syntax gives away: keys in armour, passwords in URLs, headers on command lines. */
export const findPassages: Finder = ({ text, lower }) =>
  passages.flatMap(({ kind, hint, form }) => {
    if (!lower.includes(hint)) return []
    return [...text.matchAll(form)].map((match) => {
      const [from, to] = match.indices![1] ?? match.indices![0]!
      return { kind, from, to }
    })
  })
