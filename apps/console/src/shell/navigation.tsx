import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { api, sessionQuery } from '../api.ts'
import { Button } from '../design/button.tsx'
import { Icon, type IconName } from '../design/icon.tsx'
import { Mark } from '../design/mark.tsx'
import { Menu, MenuChoice, MenuItem, MenuLine } from '../design/menu.tsx'
import { themeChoice, useChoice } from '../stored-choice.ts'
import styles from './navigation.module.css'

/** The stages of a model's life that there is something to see of. */
export const places = [
  { to: '/', title: 'Overview', icon: 'overview', key: 'o' },
  { to: '/models', title: 'Models', icon: 'model', key: 'm' },
  { to: '/assessments', title: 'Assessments', icon: 'assessment', key: 'a' },
  { to: '/gateway', title: 'Gateway', icon: 'gateway', key: 'g' },
  { to: '/audit', title: 'Audit', icon: 'audit', key: 'l' },
] as const satisfies readonly { to: string; title: string; icon: IconName; key: string }[]

/** The side of the console; at the foot of a phone. */
export function Navigation({
  onPalette,
  onHelp,
}: {
  readonly onPalette: () => void
  readonly onHelp: () => void
}) {
  const session = useQuery(sessionQuery)
  return (
    <header className={styles.side}>
      <div className={styles.brand}>
        <Link to="/" className={styles.home} aria-label="Merlon, overview">
          <Mark />
          <span>Merlon</span>
        </Link>
        <p className={styles.project} title="Project">
          {session.data?.project}
        </p>
      </div>
      <button type="button" className={styles.search} onClick={onPalette}>
        <Icon name="search" />
        <span>Search or jump</span>
        <kbd>Ctrl K</kbd>
      </button>
      <nav aria-label="Main" className={styles.places}>
        {places.map(({ to, title, icon }) => (
          <Link key={to} to={to} className={styles.place} activeOptions={{ exact: to === '/' }}>
            <Icon name={icon} />
            {title}
          </Link>
        ))}
      </nav>
      <div className={styles.foot}>
        <AccountMenu />
        <Button
          look="quiet"
          icon="help"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={onHelp}
        />
        <span className={styles.version}>
          {session.data === undefined ? '' : `v${session.data.version}`}
        </span>
      </div>
    </header>
  )
}

function AccountMenu() {
  const theme = useChoice(themeChoice)
  const queries = useQueryClient()
  const navigate = useNavigate()
  const logOut = async () => {
    // A session that the server has forgotten already is logged out as well.
    await api('DELETE /api/v1/session').catch(() => undefined)
    queries.clear()
    await navigate({ to: '/login', search: { why: 'left' } })
  }
  return (
    <Menu label="Account and theme" icon="session" iconOnly>
      <MenuChoice
        label="Theme"
        value={theme}
        options={{ system: 'As the system', light: 'Light', dark: 'Dark' }}
        onChange={themeChoice.set}
      />
      <MenuLine />
      <MenuItem icon="logout" onSelect={() => void logOut()}>
        Log out
      </MenuItem>
    </Menu>
  )
}
