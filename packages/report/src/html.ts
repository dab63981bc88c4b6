import { createHash } from 'node:crypto'
import { exitCodes, type Report } from '@merlon/core'
import { durationText, instantText } from './figures.ts'
import { curvePlots } from './html-curves.ts'
import { figureTable, figureTiles, healthTable } from './html-figures.ts'
import { findingCards, skippedCards } from './html-findings.ts'
import { badge, icon, mark, toneOf, wordOf } from './html-parts.ts'
import { pictureTables, replaySection } from './html-record.ts'
import { style } from './html-style.ts'
import { type Markup, markup, verbatim } from './markup.ts'
import { severityCounts, summaryText } from './summary.ts'

/**
 * What the report's page may do: show its own style and its own pictures, and nothing else. The page states it
 * itself; a server that hands out reports sends the same as a header.
 */
export function htmlReportPolicy(): string {
  const digest = createHash('sha256').update(style).digest('base64')
  return `default-src 'none'; img-src data:; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`
}

/** The report as one HTML file: no script, nothing loaded, light and dark, made to be printed. */
export function toHtml(report: Report): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${verbatim(htmlReportPolicy())}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="merlon ${report.tool.version}">
<title>${wordOf(report.verdict)}: ${report.title}</title>
<style>${verbatim(style)}</style>
</head>
<body>
<div class="page">
<header class="top">${mark}<strong>Merlon</strong><span class="soft small">${report.schema}</span></header>
<main>
${heading(report)}
${contents(report)}
${findingCards(report)}
${skippedCards(report)}
${figureTable(report)}
${curvePlots(report)}
${healthTable(report)}
${pictureTables(report)}
${replaySection(report)}
</main>
${footer(report)}
</div>
</body>
</html>
`.markup
}

function heading(report: Report): Markup {
  const { verdict, exitCode, seed, durationMs, startedAt, tool, title } = report
  const isInterrupted = exitCode === exitCodes.interrupted
  return markup`<h1>${title}</h1>
<div class="facts"><span>${instantText(startedAt)}</span><span>took <b>${durationText(durationMs)}</b></span><span>seed <b>${seed}</b></span><span>merlon <b>${tool.version}</b></span></div>
<div class="banner ${toneOf(verdict)}">${icon(verdict)}<div><div class="word">${isInterrupted ? 'Interrupted' : wordOf(verdict)}</div><div class="why">${sentence(summaryText(report))}</div></div><div class="exit"><b>${exitCode}</b>exit code</div></div>
<div class="tally">${tally(report)}</div>
${figureTiles(report)}`
}

function tally(report: Report): Markup[] {
  const counts = severityCounts(report).map(
    ({ severity, count }) =>
      markup`<span class="${count === 0 ? 'none' : 'some'}">${badge(severity)} <b>${count}</b></span>`,
  )
  const skipped = report.skipped.length
  const last = markup`<span class="${skipped === 0 ? 'none' : 'some'}">${badge('unchecked')} <b>${skipped}</b></span>`
  return [...counts, last]
}

function contents(report: Report): Markup {
  const parts = [
    ['findings', 'Findings', true],
    ['skipped', 'Not checked', true],
    ['figures', 'Figures', true],
    ['curves', 'Curves', (report.curves ?? []).length > 0],
    ['health', 'Health', report.health.length > 0],
    ['pictures', 'Pictures', report.illustrations.length > 0],
    ['replay', 'Replay', true],
  ] as const
  const links = parts
    .filter(([, , isThere]) => isThere)
    .map(([id, name]) => markup`<a href="#${id}">${name}</a>`)
  return markup`<nav class="contents" aria-label="Contents">${links}</nav>`
}

function footer({ tool }: Report): Markup {
  return markup`<footer>
<p>Shares have Wilson's score interval or the exact one of Clopper and Pearson, medians that of order statistics, means a seeded bootstrap; the column Method says which. A robust accuracy is an upper bound: a stronger attack can only lower it.</p>
<p>Made by merlon ${tool.version}. This file is complete in itself: it loads nothing and runs no script.</p>
</footer>`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
