import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { assessmentsQuery, modelsQuery } from '../api.ts'
import { announce } from '../design/announce.tsx'
import { copyText } from '../design/copy-button.tsx'
import type { IconName } from '../design/icon.tsx'
import { formatInstant } from '../format/time.ts'
import { themeChoice } from '../stored-choice.ts'
import { places } from './navigation.tsx'

/** One thing that the palette can do. */
export interface PaletteEntry {
  readonly id: string
  readonly title: string
  readonly kind: string
  readonly icon: IconName
  readonly run: () => void
}

/** Pages, actions, models, assessments, and the record whose number was typed. */
export function usePaletteEntries(typed: string, onHelp: () => void): readonly PaletteEntry[] {
  const navigate = useNavigate()
  const models = useQuery(modelsQuery)
  const assessments = useQuery(assessmentsQuery())
  const go = (to: string) => () => void navigate({ to })
  const entry = (title: string, kind: string, icon: IconName, run: () => void): PaletteEntry => ({
    id: `${kind}/${title}`,
    title,
    kind,
    icon,
    run,
  })
  const record = /^#?(\d{1,15})$/.exec(typed.trim())?.[1]
  return [
    ...(record === undefined
      ? []
      : [entry(`Record ${record} #${record}`, 'Audit', 'audit', go(`/audit/${record}`))]),
    ...places.map(({ to, title, icon }) => entry(title, 'Page', icon, go(to))),
    entry('Routes', 'Page', 'gateway', go('/gateway/routes')),
    entry('API keys', 'Page', 'key', go('/gateway/keys')),
    entry('Create an API key', 'Action', 'plus', () => {
      void navigate({ to: '/gateway/keys', search: { create: 'yes' } })
    }),
    entry('Blocked requests', 'Page', 'block', () => {
      void navigate({ to: '/gateway', search: { verdict: 'block' } })
    }),
    entry('Copy link to this view', 'Action', 'copy', () => {
      void copyText(location.href).then((copied) => {
        announce(copied ? 'Copied the link' : 'The browser refused to copy')
      })
    }),
    entry('Light theme', 'Action', 'theme', () => themeChoice.set('light')),
    entry('Dark theme', 'Action', 'theme', () => themeChoice.set('dark')),
    entry('Theme as the system', 'Action', 'theme', () => themeChoice.set('system')),
    entry('Keyboard shortcuts', 'Action', 'help', onHelp),
    ...(models.data ?? []).map(({ name }) =>
      entry(name, 'Model', 'model', go(`/models/${encodeURIComponent(name)}`)),
    ),
    ...(assessments.data ?? []).map(({ id, model, startedAt }) => ({
      ...entry(
        `${model}, ${formatInstant(startedAt)}`,
        'Assessment',
        'assessment',
        go(`/assessments/${encodeURIComponent(id)}`),
      ),
      id: `assessment/${id}`,
    })),
  ]
}
