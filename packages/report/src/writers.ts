import type { Report } from '@merlon/core'
import { toHtml } from './html.ts'
import { toJson } from './json.ts'
import { toJunit } from './junit.ts'
import { toMarkdown } from './markdown.ts'
import { toSarif } from './sarif.ts'

export type ReportFormat = 'json' | 'html' | 'sarif' | 'junit' | 'markdown'

/** One way of writing a report. */
export interface ReportWriter {
  readonly format: ReportFormat
  /** With its dot. */
  readonly extension: string
  readonly mediaType: string
  readonly write: (report: Report) => string
}

/** Every format that a report is written in; `--json`, `--html`, `--sarif` and `--junit` are rows of it. */
export const reportWriters: readonly ReportWriter[] = [
  {
    format: 'json',
    extension: '.json',
    mediaType: 'application/json',
    write: (one) => toJson(one),
  },
  { format: 'html', extension: '.html', mediaType: 'text/html', write: toHtml },
  { format: 'sarif', extension: '.sarif', mediaType: 'application/sarif+json', write: toSarif },
  { format: 'junit', extension: '.xml', mediaType: 'application/xml', write: toJunit },
  { format: 'markdown', extension: '.md', mediaType: 'text/markdown', write: toMarkdown },
]
