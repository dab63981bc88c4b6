import type { Task } from '@merlon/core'
import { durationText } from './figures.ts'
import type { Paint } from './paint.ts'
import { plain } from './plain.ts'
import type { World } from './world.ts'

/** What long work says. `@merlon/server` tells its news in this form. */
export type News =
  | { readonly kind: 'step' | 'note' | 'warning'; readonly text: string }
  | {
      readonly kind: 'progress'
      readonly text: string
      readonly done: number
      readonly total: number
    }

/** Talk: all of it goes to stderr, so that stdout holds nothing but data. */
export interface Ui {
  /** A line that --quiet leaves out. */
  say(text: string): void
  /** A line that only --verbose shows. */
  detail(text: string): void
  tell(news: News): void
  /** A bar for a task, counting in `unit`; none off a terminal. */
  bar(label: string, unit: string): Task['progress']
  /** Takes a bar off the screen. */
  close(): void
}

/** Opens the talk of one call. The bar's library is loaded only where there is a terminal to draw on. */
export async function openUi(
  { stderr, clock }: World,
  paint: Paint,
  { isQuiet, isVerbose }: { readonly isQuiet: boolean; readonly isVerbose: boolean },
): Promise<Ui> {
  const progress = stderr.stream === undefined || isQuiet ? undefined : await import('cli-progress')
  let bar: import('cli-progress').SingleBar | undefined
  let title = ''
  let startedAt = 0
  const stop = () => {
    bar?.stop()
    bar = undefined
  }
  const line = (text: string) => {
    stop()
    stderr.write(`${text}\n`)
  }
  const show = (label: string, unit: string, done: number, total: number) => {
    if (progress === undefined || stderr.stream === undefined) return
    if (done >= total) return stop()
    if (bar === undefined || title !== label) {
      stop()
      title = label
      startedAt = clock()
      const { format, barsize } = barFormat(plain(label), unit, total, stderr.columns)
      bar = new progress.SingleBar(
        {
          format,
          barsize,
          stream: stderr.stream,
          clearOnComplete: true,
          hideCursor: true,
          fps: 10,
        },
        progress.Presets.shades_classic,
      )
      bar.start(total, done, { rate: '-', left: '-' })
    }
    bar.setTotal(total)
    bar.update(done, paceOf(done, total, clock() - startedAt))
  }
  const say = (text: string) => {
    if (!isQuiet) line(text)
  }
  return {
    say,
    detail(text) {
      if (isVerbose) line(paint.dim(text))
    },
    tell(news) {
      if (news.kind === 'progress') {
        // Where no bar can be drawn, long work is at least announced.
        if (progress === undefined && title !== news.text) say(plain(news.text))
        title = progress === undefined ? news.text : title
        show(news.text, '', news.done, news.total)
      } else if (news.kind === 'warning') line(`${paint.warn('warning')} ${plain(news.text)}`)
      else say(news.kind === 'step' ? plain(news.text) : paint.dim(plain(news.text)))
    },
    bar: (label, unit) => (done, total) => show(label, unit, done, total),
    close: stop,
  }
}

/** How fast it goes and how long it will take; the first second says little. */
function paceOf(done: number, total: number, elapsedMs: number) {
  if (elapsedMs < 1000 || done === 0) return { rate: '-', left: '-' }
  const left = durationText(((total - done) * elapsedMs) / done)
  return { rate: String(Math.round((1000 * done) / elapsedMs)), left }
}

/** What fits on one line: on a narrow terminal first the bar gets shorter, then the label goes. */
function barFormat(label: string, unit: string, total: number, columns: number) {
  const counted = `{value}/{total}${unit === '' ? '' : ` ${unit}`}`
  const figures = `{percentage}% | ${counted} | {rate}/s | {left} left`
  // Beside the counts: percentage, rate, time left and what stands between them.
  const taken = 2 * String(total).length + unit.length + 36
  const room = columns - taken - label.length
  return room >= barMin
    ? { format: `${label} [{bar}] ${figures}`, barsize: Math.min(barMax, room) }
    : { format: `[{bar}] ${figures}`, barsize: Math.max(barMin, Math.min(barMax, columns - taken)) }
}

const barMin = 8
const barMax = 40
