import { placeText, type Report } from '@merlon/core'
import { intervalText, labelTexts, nameText, numberText, valueText } from './figures.ts'
import { type Markup, markup } from './markup.ts'
import { summaryText } from './summary.ts'
import { visibleLine } from './visible-text.ts'

interface Case {
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'error'
  readonly xml: Markup
}

/**
 * The report as JUnit XML: a case for each figure, finding, health check and thing not checked. Findings fail;
 * what was not checked, and a measurement whose health check says that it cannot be trusted, is skipped.
 */
export function toJunit(report: Report): string {
  const cases = [
    ...report.findings.map(findingCase),
    ...report.estimates.map(estimateCase),
    ...report.health.map(healthCase),
    ...report.skipped.map(({ what, why }) => skippedCase('not checked', what, why)),
    ...(report.verdict === 'error' ? [errorCase(report)] : []),
  ]
  const count = (outcome: Case['outcome']) => cases.filter((one) => one.outcome === outcome).length
  const seconds = (report.durationMs / 1000).toFixed(3)
  const counts = markup`tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds}"`
  const started = report.startedAt.replace(/(\.\d+)?Z$/, '')
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="merlon" ${counts}>
  <testsuite name="${visibleLine(report.title)}" timestamp="${started}" ${counts}>
    <properties>
      <property name="schema" value="${report.schema}"/>
      <property name="verdict" value="${report.verdict}"/>
      <property name="exitCode" value="${report.exitCode}"/>
      <property name="seed" value="${report.seed}"/>
${report.inputs.map(
  ({ path, sha256 }) => markup`      <property name="sha256 ${path}" value="${sha256}"/>\n`,
)}    </properties>
${cases.map(({ xml }) => markup`    ${xml}\n`)}  </testsuite>
</testsuites>
`.markup
}

function findingCase(finding: Report['findings'][number]): Case {
  const { severity, rule, title, evidence, fix, id } = finding
  const name = visibleLine(`${title} [${id}]`)
  const text = `${severity}: ${title}\nwhere: ${placeText(finding.place)}\nevidence: ${evidence}\nfix: ${fix}`
  if (finding.effect === 'accepted') {
    return skippedCase(`finding.${rule}`, name, `accepted, the baseline has it too: ${title}`)
  }
  const failure = markup`<failure type="${rule}" message="${visibleLine(title)}">${text}</failure>`
  return { outcome: 'failed', xml: testCase(`finding.${rule}`, name, failure) }
}

function estimateCase(estimate: Report['estimates'][number]): Case {
  const name = [nameText(estimate.name), ...labelTexts(estimate)].join(', ')
  const text = `${valueText(estimate)} (95 % ${intervalText(estimate)}, n ${estimate.n}, ${estimate.queries} queries)`
  const output = markup`<system-out>${text}</system-out>`
  return { outcome: 'passed', xml: testCase('estimate', name, output) }
}

function healthCase({
  attack,
  name,
  isHealthy,
  value,
  threshold,
  meaning,
}: Report['health'][number]) {
  const title = `${attack}: ${name}`
  const text = `${numberText(value)}, threshold ${numberText(threshold)}: ${meaning}`
  if (!isHealthy) return skippedCase('health', title, `unhealthy: ${text}`)
  const output = markup`<system-out>${text}</system-out>`
  return { outcome: 'passed' as const, xml: testCase('health', title, output) }
}

function skippedCase(group: string, what: string, why: string): Case {
  const skipped = markup`<skipped message="${visibleLine(why)}"/>`
  return { outcome: 'skipped', xml: testCase(group, what, skipped) }
}

function errorCase(report: Report): Case {
  const error = markup`<error type="error" message="${summaryText(report)}"/>`
  return { outcome: 'error', xml: testCase('run', 'the run ends', error) }
}

function testCase(group: string, name: string, content: Markup): Markup {
  return markup`<testcase classname="merlon.${group}" name="${visibleLine(name)}">${content}</testcase>`
}
