import { closest } from '@merlon/server'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { allPages, type Page } from '../pages.ts'
import type { Paint } from '../paint.ts'
import { table } from '../table.ts'
import { capitalised, wrap } from '../wrap.ts'

/** `merlon explain [CODE]`: what a code or rule means and what to do; offline. */
export async function run({ operands }: Invocation): Promise<Outcome> {
  const pages = await allPages()
  const [code] = operands
  if (code === undefined) return listOf(pages)
  // A code may belong to several packages: the one that was met is said beside each page.
  const found = pages.filter((one) => one.code.toLowerCase() === code.toLowerCase())
  if (found.length === 0) throw unknown(code, pages)
  return {
    data: { code: found[0]?.code ?? code, pages: found.map((page) => ({ ...page })) },
    text: (paint) =>
      found.flatMap((page, i) => [...(i === 0 ? [] : ['']), ...pageLines(page, paint)]),
  }
}

function pageLines({ code, kind, source, title, meaning, fix }: Page, paint: Paint): string[] {
  const width = Math.min(paint.width ?? 100, 100)
  return [
    `${paint.bold(code)}  ${paint.dim(`${kind} of ${source}`)}`,
    '',
    ...wrap(`${capitalised(title)}.`, width),
    '',
    ...wrap(meaning, width),
    '',
    paint.accent('What to do'),
    ...wrap(fix, width),
  ]
}

function listOf(pages: readonly Page[]): Outcome {
  return {
    data: { pages: pages.map(({ code, kind, source, title }) => ({ code, kind, source, title })) },
    text: (paint) =>
      table(
        [
          { heading: 'code', paint: paint.bold },
          { heading: 'kind' },
          { heading: 'of', paint: paint.dim },
          { heading: 'title', isFlexible: true },
        ],
        pages.map(({ code, kind, source, title }) => [code, kind, source, capitalised(title)]),
        paint,
      ),
    next: ['merlon explain CODE'],
  }
}

function unknown(code: string, pages: readonly Page[]): CliError {
  const typed = JSON.stringify(code.slice(0, 60))
  const codes = pages.map((page) => page.code)
  const guess = closest(code, codes) ?? codes.find((one) => one.includes(code.toUpperCase()))
  const hint = guess === undefined ? '"merlon explain" lists all' : `did you mean ${guess}?`
  return new CliError('CODE_UNKNOWN', `there is no page for ${typed}, ${hint}`)
}
