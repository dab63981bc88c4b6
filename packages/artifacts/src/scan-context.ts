import type { Finding, Skipped } from '@merlon/core'
import { limits } from './limits.ts'
import { type ArtifactRule, artifactRules, type FileVerdict } from './rules.ts'

/** What the parsers of one file share: where findings go, and what is left to unpack. */
export interface ScanContext {
  readonly findings: Finding[]
  readonly skipped: Skipped[]
  /** True when this part is no worse than `clean`: something was understood. */
  find(rule: ArtifactRule, where: string, byteOffset: number, evidence: string): void
  skip(what: string, why: string): void
  /** Takes from what the file may unpack to; false when that is used up. */
  spend(bytes: number): boolean
  readonly unpackedLeft: number
  /** Scans bytes found inside, by content. */
  scan(name: string, bytes: Uint8Array): void
  readonly depth: number
}

const order: readonly FileVerdict[] = ['clean', 'unscannable', 'invalid', 'suspicious', 'malicious']

/** The worst that was said of a file; nothing said is clean. */
export function verdictOf(findings: readonly Finding[], skipped: readonly Skipped[]): FileVerdict {
  const said: FileVerdict[] = findings.map(
    ({ rule }) => artifactRules[rule as ArtifactRule].verdict,
  )
  if (skipped.length > 0) said.push('unscannable')
  return said.reduce<FileVerdict>((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a), 'clean')
}

/** A context for the file at `path`; `scanInside` reads what is found in it, one level deeper. */
export function openContext(
  path: string,
  scanInside: (name: string, bytes: Uint8Array, context: ScanContext) => void,
): ScanContext {
  const findings: Finding[] = []
  const skipped: Skipped[] = []
  const seen = new Set<string>()
  let left: number = limits.unpackedBytesMax
  const at = (depth: number): ScanContext => ({
    findings,
    skipped,
    depth,
    get unpackedLeft() {
      return left
    },
    find(rule, where, byteOffset, evidence) {
      const id = `${rule}:${path}${where}@${byteOffset}`
      const same = `${rule}:${where}:${evidence}`
      if (seen.has(same)) return
      seen.add(same)
      if (findings.length >= limits.findingsMax) return
      const { severity, title, fix, references } = artifactRules[rule]
      const place = { kind: 'file', path: `${path}${where}`, byteOffset } as const
      findings.push({ id, rule, severity, title, place, evidence, fix, references })
    },
    skip(what, why) {
      if (skipped.length < limits.findingsMax) skipped.push({ what: `${path}${what}`, why })
    },
    spend(bytes) {
      left -= bytes
      return left >= 0
    },
    scan(name, bytes) {
      if (depth >= limits.depthMax) this.skip(name, `more than ${limits.depthMax} containers deep`)
      else scanInside(name, bytes, at(depth + 1))
    },
  })
  return at(0)
}
