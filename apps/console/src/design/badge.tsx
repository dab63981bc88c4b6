import styles from './badge.module.css'
import { classNames } from './class-names.ts'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'critical' | 'high' | 'medium' | 'low' | 'info' | 'ok' | 'unchecked' | 'accent'

interface BadgeLook {
  readonly word: string
  readonly icon: IconName
  readonly tone: Tone
}

/** Every state that the console names: its word, its icon and its colour, always together. */
const looks = {
  critical: { word: 'Critical', icon: 'critical', tone: 'critical' },
  high: { word: 'High', icon: 'high', tone: 'high' },
  medium: { word: 'Medium', icon: 'medium', tone: 'medium' },
  low: { word: 'Low', icon: 'low', tone: 'low' },
  info: { word: 'Info', icon: 'info', tone: 'info' },
  // A run's verdict.
  clean: { word: 'Clean', icon: 'ok', tone: 'ok' },
  findings: { word: 'Findings', icon: 'high', tone: 'high' },
  incomplete: { word: 'Incomplete', icon: 'unchecked', tone: 'unchecked' },
  error: { word: 'Error', icon: 'error', tone: 'critical' },
  // What overrides a finding's severity.
  fails: { word: 'Fails the run', icon: 'error', tone: 'critical' },
  accepted: { word: 'Accepted by the baseline', icon: 'info', tone: 'info' },
  // An assessment's status.
  running: { word: 'Running', icon: 'running', tone: 'accent' },
  failed: { word: 'Failed', icon: 'error', tone: 'critical' },
  interrupted: { word: 'Interrupted', icon: 'unchecked', tone: 'unchecked' },
  // The gateway's verdicts.
  pass: { word: 'Pass', icon: 'pass', tone: 'ok' },
  rewrite: { word: 'Rewrite', icon: 'rewrite', tone: 'low' },
  block: { word: 'Block', icon: 'block', tone: 'high' },
  review: { word: 'Review', icon: 'review', tone: 'medium' },
  // A protection, a check.
  ok: { word: 'OK', icon: 'ok', tone: 'ok' },
  attention: { word: 'Attention', icon: 'attention', tone: 'high' },
  unchecked: { word: 'Not checked', icon: 'unchecked', tone: 'unchecked' },
  healthy: { word: 'Healthy', icon: 'ok', tone: 'ok' },
  unhealthy: { word: 'Unhealthy', icon: 'attention', tone: 'high' },
  // The audit log.
  whole: { word: 'Whole', icon: 'verified', tone: 'ok' },
  consistent: { word: 'Consistent', icon: 'unchecked', tone: 'unchecked' },
  broken: { word: 'Broken', icon: 'error', tone: 'critical' },
  proven: { word: 'Proven', icon: 'verified', tone: 'ok' },
  // An API key.
  active: { word: 'Active', icon: 'ok', tone: 'ok' },
  revoked: { word: 'Revoked', icon: 'block', tone: 'info' },
  expired: { word: 'Expired', icon: 'running', tone: 'info' },
} as const satisfies Record<string, BadgeLook>

export type BadgeName = keyof typeof looks

/** A state as icon and word on its colour. A word of the server's that is not known is shown as it is. */
export function Badge({ name, word }: { readonly name: string; readonly word?: string }) {
  const look: BadgeLook = isBadgeName(name)
    ? looks[name]
    : { word: name, icon: 'info', tone: 'info' }
  return (
    <span className={classNames(styles.badge, styles[look.tone])}>
      <Icon name={look.icon} />
      {word ?? look.word}
    </span>
  )
}

/** A state's icon alone, for where the word stands beside it. */
export function StateIcon({ name }: { readonly name: BadgeName }) {
  const look: BadgeLook = looks[name]
  return (
    <span className={classNames(styles.bare, styles[look.tone])}>
      <Icon name={look.icon} />
    </span>
  )
}

function isBadgeName(name: string): name is BadgeName {
  return Object.hasOwn(looks, name)
}
