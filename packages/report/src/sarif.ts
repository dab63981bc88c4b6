import {
  type Finding,
  isAtLeast,
  type Place,
  placeText,
  type Report,
  type Severity,
} from '@merlon/core'
import type * as Sarif from 'sarif'
import { fileAddress } from './file-address.ts'
import { curvesJson, estimateJson } from './json.ts'
import { referenceAddress } from './reference-address.ts'
import { replayCommand } from './replay.ts'

/** `score` is what code-scanning services sort by: above 9 critical, from 7 high, from 4 medium. */
const levels: Readonly<Record<Severity, { level: Sarif.Result.level; score: string }>> = {
  critical: { level: 'error', score: '9.5' },
  high: { level: 'error', score: '8.0' },
  medium: { level: 'warning', score: '5.5' },
  low: { level: 'note', score: '3.0' },
  info: { level: 'note', score: '0.0' },
}

/** The report as SARIF 2.1.0: findings are results, what was not checked is a notification of the invocation. */
export function toSarif(report: Report): string {
  const rules = [...new Set(report.findings.map(({ rule }) => rule))]
  const log: Sarif.Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Merlon',
            version: report.tool.version,
            semanticVersion: report.tool.version,
            rules: rules.map((rule) => ruleOf(rule, report.findings)),
          },
        },
        automationDetails: { id: `${report.schema}/` },
        columnKind: 'utf16CodeUnits',
        invocations: [invocation(report)],
        artifacts: report.inputs.map(({ path, sha256 }) => ({
          location: { uri: fileAddress(path) },
          hashes: { 'sha-256': sha256 },
        })),
        results: report.findings.map((finding) => resultOf(finding, rules.indexOf(finding.rule))),
        properties: {
          verdict: report.verdict,
          title: report.title,
          seed: report.seed,
          options: report.options,
          estimates: report.estimates.map(estimateJson),
          health: report.health,
          curves: curvesJson(report),
        },
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function invocation(report: Report): Sarif.Invocation {
  const commandLine = replayCommand(report)
  const started = Date.parse(report.startedAt)
  const times = Number.isNaN(started)
    ? {}
    : {
        startTimeUtc: new Date(started).toISOString(),
        endTimeUtc: new Date(started + report.durationMs).toISOString(),
      }
  return {
    // An error or an interruption; findings are a success of the tool.
    executionSuccessful: report.exitCode !== 2 && report.exitCode !== 130,
    exitCode: report.exitCode,
    exitCodeDescription: report.verdict,
    ...(commandLine === undefined ? {} : { commandLine }),
    ...times,
    toolExecutionNotifications: [
      ...report.skipped.map(({ what, why }) =>
        warning('not-checked', `not checked: ${what}: ${why}`),
      ),
      ...report.health
        .filter(({ isHealthy }) => !isHealthy)
        .map(({ attack, name, meaning }) => warning('unhealthy', `${attack}: ${name}: ${meaning}`)),
    ],
  }
}

function warning(id: string, text: string): Sarif.Notification {
  return { level: 'warning', descriptor: { id }, message: { text } }
}

function ruleOf(rule: string, all: readonly Finding[]): Sarif.ReportingDescriptor {
  const findings = all.filter((finding) => finding.rule === rule)
  const first = findings[0]! // a rule is there because a finding has it
  const worst = findings.reduce(
    (severity, next) => (isAtLeast(next.severity, severity) ? next.severity : severity),
    first.severity,
  )
  const references = new Map(
    findings.flatMap((finding) =>
      finding.references.map((one) => [`${one.catalogue} ${one.id}`, one]),
    ),
  )
  const seeAlso = [...references.values()].map((one) => {
    const address = referenceAddress(one)
    return `${one.catalogue} ${one.id}: ${one.title}${address === undefined ? '' : ` <${address}>`}`
  })
  const helpUri = [...references.values()].map(referenceAddress).find((uri) => uri !== undefined)
  return {
    id: rule,
    shortDescription: { text: first.title },
    help: { text: [first.fix, ...seeAlso].join('\n') },
    ...(helpUri === undefined ? {} : { helpUri }),
    defaultConfiguration: { level: levels[worst].level },
    properties: {
      'security-severity': levels[worst].score,
      tags: [
        'security',
        ...[...references.values()].map(({ catalogue, id }) => `external/${catalogue}/${id}`),
      ],
    },
  }
}

function resultOf(finding: Finding, ruleIndex: number): Sarif.Result {
  const { id, rule, severity, title, place, evidence, fix, references, effect } = finding
  return {
    ruleId: rule,
    ruleIndex,
    level: levels[severity].level,
    message: { text: `${title}\nEvidence: ${evidence}\nFix: ${fix}` },
    locations: [locationOf(place)],
    partialFingerprints: { 'merlonFindingId/v1': id },
    ...(effect === 'accepted'
      ? { suppressions: [{ kind: 'external', justification: 'the baseline has it too' }] }
      : {}),
    properties: {
      severity,
      place: placeText(place),
      evidence,
      fix,
      references,
      ...(effect === undefined ? {} : { effect }),
    },
  }
}

function locationOf(place: Place): Sarif.Location {
  switch (place.kind) {
    case 'file':
      return physical(
        place.path,
        place.byteOffset === undefined ? {} : { byteOffset: place.byteOffset },
      )
    case 'line': {
      const column = place.column === undefined ? {} : { startColumn: Math.max(1, place.column) }
      return physical(place.path, { startLine: Math.max(1, place.line), ...column })
    }
    case 'model':
      return { ...physical(place.path, {}), ...logical(place.node, 'node') }
    case 'sample':
      return { ...physical(place.path, {}), ...logical(String(place.index), 'sample') }
    case 'record':
      return { ...physical(place.log, {}), ...logical(String(place.index), 'record') }
    case 'route':
      return logical(place.route, 'route')
  }
}

/** A result without a region is at line 1: viewers that know files only still show it. */
function physical(path: string, region: Sarif.Region): Sarif.Location {
  const where = Object.keys(region).length === 0 ? { startLine: 1 } : region
  return { physicalLocation: { artifactLocation: { uri: fileAddress(path) }, region: where } }
}

function logical(name: string | undefined, kind: string): Sarif.Location {
  return name === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: name, kind }] }
}
