import {
  type Estimate,
  type Finding,
  type Illustration,
  placeText,
  type Report,
} from '@merlon/core'
import { pngDataUri } from './picture.ts'

export interface JsonOptions {
  /** Whether illustrations carry their pixels, as PNG data URIs. */
  readonly pictures?: boolean
}

/** The report as the JSON envelope that every command shares: members in one order, two spaces, a line feed at the end. */
export function toJson(report: Report, { pictures = false }: JsonOptions = {}): string {
  const envelope = {
    schema: report.schema,
    title: report.title,
    verdict: report.verdict,
    exitCode: report.exitCode,
    findings: report.findings.map(findingJson),
    estimates: report.estimates.map(estimateJson),
    skipped: report.skipped.map(({ what, why }) => ({ what, why })),
    seed: report.seed,
    inputs: report.inputs.map(({ path, sha256 }) => ({ path, sha256 })),
    health: report.health.map(({ attack, name, isHealthy, value, threshold, meaning }) => ({
      attack,
      name,
      isHealthy,
      value,
      threshold,
      meaning,
    })),
    illustrations: report.illustrations.map((table) => illustrationJson(table, pictures)),
    curves: curvesJson(report),
    options: report.options,
    tool: { name: report.tool.name, version: report.tool.version },
    startedAt: report.startedAt,
    durationMs: report.durationMs,
  }
  return `${JSON.stringify(envelope, null, 2)}\n`
}

/** `place` is one line for people, `location` the same for programs. */
function findingJson(finding: Finding) {
  return {
    id: finding.id,
    rule: finding.rule,
    severity: finding.severity,
    title: finding.title,
    place: placeText(finding.place),
    location: finding.place,
    evidence: finding.evidence,
    fix: finding.fix,
    references: finding.references.map(({ catalogue, id, title }) => ({ catalogue, id, title })),
    ...(finding.effect === undefined ? {} : { effect: finding.effect }),
  }
}

/** The plots' numbers; a report without plots has none. */
export function curvesJson({ curves = [] }: Report) {
  return curves.map(({ title, axis, series }) => ({
    title,
    axis,
    series: series.map(({ name, points }) => ({ name, points: points.map(estimateJson) })),
  }))
}

/** An estimate as it stands in JSON and in SARIF's properties: the figure first, then what it is of. */
export function estimateJson(estimate: Estimate) {
  const { name, value, n, interval, method, seed, queries, attack, norm, epsilon, source } =
    estimate
  const labels = { attack, norm, epsilon, class: estimate.class, source }
  return { name, value, n, interval, method, seed, queries, ...labels }
}

function illustrationJson({ caption, columns, rows }: Illustration, pictures: boolean) {
  return {
    caption,
    columns,
    rows: rows.map((row) => ({
      label: row.label,
      pictures: row.pictures.map((picture) => {
        const { alt, width, height } = picture
        return { alt, width, height, ...(pictures ? { png: pngDataUri(picture) } : {}) }
      }),
    })),
  }
}
