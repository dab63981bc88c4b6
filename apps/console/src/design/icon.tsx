import { classNames } from './class-names.ts'
import styles from './icon.module.css'

/** Our own icons: strokes on a grid of 16, drawn in the colour of the text beside them. */
const shapes = {
  overview: 'M2.5 8.5 8 3l5.5 5.5M4 7.5v6h8v-6M6.8 13.5V10h2.4v3.5',
  model: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.5 5 8 8.2 13.5 5M8 8.2v6',
  assessment: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5M8 5.5A2.5 2.5 0 1 1 5.5 8M8 8 2.5 2.5M2.5 5V2.5H5',
  gateway: 'M2 14V4.5h2.4v2h2.4v-2h2.4v2h2.4v-2H14V14h-3.5v-2.5a2.5 2.5 0 0 0-5 0V14z',
  audit: 'M4 2h6l2.5 2.5V14H4zM10 2v2.5h2.5M6 7.5h4.5M6 10h4.5',
  critical: 'M8 1.8 14.2 8 8 14.2 1.8 8zM8 5v3.6M8 10.9v.1',
  high: 'M8 2.2 14.5 13.5h-13zM8 6.2v3.6M8 11.6v.1',
  medium: 'M8 2.2 14.5 13.5h-13zM5.8 10.8h4.4',
  low: 'M8 13.8 1.5 2.5h13z',
  info: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 7.4v3.6M8 5v.1',
  ok: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.3 8.2l1.9 1.9 3.6-4',
  unchecked:
    'M5.2 2.7a6 6 0 0 1 1.6-.6M9.2 2.1a6 6 0 0 1 1.8.7M12.7 4.3A6 6 0 0 1 13.7 6M14 8.6a6 6 0 0 1-.7 2M12 12.5a6 6 0 0 1-1.6 1M8 14a6 6 0 0 1-2-.4M4 12.500a6 6 0 0 1-1.2-1.600M2 8.700A6 6 0 0 1 2.3 6.200M5.6 8h4.8',
  attention: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3.600M8 10.900v.1',
  error: 'M5.4 2h5.200L14 5.400v5.200L10.6 14H5.400L2 10.600V5.400zM6 6l4 4M10 6l-4 4',
  running: 'M8 2a6 6 0 1 1-6 6M8 4.800V8l2.2 1.4',
  pass: 'M2.5 8h10.500M9 4l4 4-4 4',
  block: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM3.8 3.800l8.4 8.4',
  rewrite: 'M3 13l.6-2.800L10.8 3a1.5 1.5 0 0 1 2.2 2.200L5.8 12.400zM9.5 13H13',
  review:
    'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.300a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.400z',
  search: 'M7 2.500a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3 14 14',
  copy: 'M5.5 5.500H13.500V13.500H5.500zM10.5 5.500V2.500H2.500V10.500H5.5',
  close: 'M4 4l8 8M12 4l-8 8',
  pause: 'M5.5 3.500v9M10.5 3.500v9',
  play: 'M5 3l8 5-8 5z',
  download: 'M8 2.500v7.500M4.8 7 8 10.2 11.2 7M3 13.500h10',
  external: 'M9.5 2.500h4v4M13.5 2.5 8 8M11.5 9v4.500h-9v-9H7',
  ascending: 'M8 12.500v-9M4.5 7 8 3.5 11.5 7',
  descending: 'M8 3.500v9M4.5 9 8 12.5 11.5 9',
  chevron: 'M6 3.5 10.5 8 6 12.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  key: 'M10.5 2.500a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8.3 7.7 2.5 13.500M4.5 11.500l1.8 1.8',
  plus: 'M8 3v10M3 8h10',
  theme: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 2v12M8 4.500a3.5 3.5 0 0 1 0 7',
  logout: 'M6.5 2.500h-4v11h4M6.5 8h7M10.5 5l3 3-3 3',
  help: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM6.3 6.400A1.7 1.7 0 1 1 8 8.200v.8M8 11.200v.1',
  offline: 'M2 6.500a8.5 8.5 0 0 1 12 0M4.5 9.200a5 5 0 0 1 7 0M8 12.200v.1M2.5 2.500l11 11',
  chart: 'M2.5 13.500h11M4.5 11V7M8 11V3.500M11.5 11V8.5',
  table: 'M2.5 3h11v10h-11zM2.5 6.500h11M2.5 9.800h11M6.5 6.500V13',
  session: 'M8 2.500a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.200zM2.8 13.500a5.2 5.2 0 0 1 10.4 0',
  server: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5v.1M5 11v.1',
  policy: 'M8 1.8 13 3.800v4c0 3-2 5.3-5 6.4-3-1.1-5-3.4-5-6.400v-4z',
  verified: 'M8 1.8 13 3.800v4c0 3-2 5.3-5 6.4-3-1.1-5-3.4-5-6.400v-4zM5.6 7.900l1.7 1.7 3.2-3.5',
} as const satisfies Record<string, string>

export type IconName = keyof typeof shapes

/** A picture beside a word that says the same: hidden from screen readers. */
export function Icon({
  name,
  className,
}: {
  readonly name: IconName
  readonly className?: string
}) {
  return (
    <svg className={classNames(styles.icon, className)} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  )
}
