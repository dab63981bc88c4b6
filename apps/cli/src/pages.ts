import type { ErrorPage } from '@merlon/core'

/** What `merlon explain` prints for one code. */
export interface Page extends ErrorPage {
  readonly code: string
  readonly kind: 'error' | 'rule'
  /** The package that it belongs to. */
  readonly source: string
}

type Pages = Readonly<Record<string, ErrorPage>>

/** Every package's pages: errors and the rules of findings. */
const sources: readonly {
  readonly source: string
  readonly kind: Page['kind']
  readonly load: () => Promise<Pages>
}[] = [
  error('assess', async () => (await import('@merlon/assess')).assessErrorPages),
  error('attacks', async () => (await import('@merlon/attacks')).attackErrorPages),
  error('audit', async () => (await import('@merlon/audit')).auditErrorPages),
  error('cli', async () => (await import('./error-pages.ts')).cliErrorPages),
  error('crypto', async () => (await import('@merlon/crypto')).cryptoErrorPages),
  error('dataset', async () => (await import('@merlon/dataset')).datasetErrorPages),
  error('gateway', async () => (await import('@merlon/gateway')).gatewayErrorPages),
  error('model', async () => (await import('@merlon/model')).engineErrorPages),
  error('server', async () => (await import('@merlon/server')).serverErrorPages),
  error('store', async () => (await import('@merlon/store')).storeErrorPages),
  error('text', async () => (await import('@merlon/text')).textErrorPages),
  error('training', async () => (await import('@merlon/training')).trainingErrorPages),
  rule('artifacts', async () => (await import('@merlon/artifacts')).artifactRules),
  rule('assess', async () => (await import('@merlon/assess')).findingRules),
  rule('audit', async () => (await import('./audit-rule-pages.ts')).auditRulePages),
  rule('text', async () => (await import('@merlon/text')).textRules),
  rule('training', async () => (await import('@merlon/training')).trainingRules),
  rule('cli', async () => (await import('./rule-pages.ts')).cliRulePages),
]

/** All pages, by code. */
export async function allPages(): Promise<readonly Page[]> {
  const pages: Page[] = []
  for (const { source, kind, load } of sources) {
    for (const [code, page] of Object.entries(await load())) {
      pages.push({ code, kind, source, ...page })
    }
  }
  return pages.sort((a, b) => (a.code < b.code ? -1 : 1))
}

function error(source: string, load: () => Promise<Pages>) {
  return { source, kind: 'error', load } as const
}

function rule(source: string, load: () => Promise<Pages>) {
  return { source, kind: 'rule', load } as const
}
