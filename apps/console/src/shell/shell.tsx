import { useQuery } from '@tanstack/react-query'
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { sessionQuery } from '../api.ts'
import { Announcer } from '../design/announce.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { Help } from './help.tsx'
import { Navigation } from './navigation.tsx'
import { Palette } from './palette.tsx'
import styles from './shell.module.css'
import type { ShellCommand } from './shortcuts.ts'
import { useShortcuts } from './use-shortcuts.ts'

/** What stands around every page: navigation, banner, palette, help, shortcuts. */
export function Shell() {
  const [open, setOpen] = useState<'palette' | 'help'>()
  const navigate = useNavigate()
  const session = useQuery(sessionQuery)
  useFocusOnArrival()
  useSessionEnd(session.data?.expiresAt, () => void session.refetch())
  useShortcuts((command: ShellCommand) => {
    switch (command.kind) {
      case 'jump':
        return void navigate({ to: command.to })
      case 'filter':
        return document.querySelector<HTMLElement>('[data-filter]')?.focus()
      case 'palette':
      case 'help':
        return setOpen(command.kind)
    }
  })
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <Navigation onPalette={() => setOpen('palette')} onHelp={() => setOpen('help')} />
      <div className={styles.page}>
        <ConnectionBanner />
        <main id="content" tabIndex={-1} className={styles.main}>
          <Outlet />
        </main>
      </div>
      {open === 'palette' ? (
        <Palette onClose={() => setOpen(undefined)} onHelp={() => setOpen('help')} />
      ) : null}
      {open === 'help' ? <Help onClose={() => setOpen(undefined)} /> : null}
      <Announcer />
    </div>
  )
}

/** The same page with another subject starts at its title too; a page that is drawn anew sees to it itself. */
function useFocusOnArrival(): void {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const before = useRef(path)
  useEffect(() => {
    if (before.current === path) return
    before.current = path
    document.querySelector<HTMLElement>('main h1')?.focus()
  }, [path])
}

const timerMsMax = 2 ** 31 - 1

/** Looks at the session when it should have ended, so that an idle page does not keep showing secrets. */
function useSessionEnd(expiresAt: number | undefined, look: () => void): void {
  const latest = useRef(look)
  latest.current = look
  useEffect(() => {
    if (expiresAt === undefined) return
    const wait = Math.max(1000, expiresAt - Date.now() + 500)
    const timer = setTimeout(() => latest.current(), Math.min(wait, timerMsMax))
    return () => clearTimeout(timer)
  }, [expiresAt])
}
