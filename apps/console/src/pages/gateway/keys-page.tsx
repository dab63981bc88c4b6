import type { ApiKey } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { keysQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Badge } from '../../design/badge.tsx'
import { Button } from '../../design/button.tsx'
import { Instant } from '../../design/instant.tsx'
import { Empty } from '../../design/notice.tsx'
import { zoneName } from '../../format/time.ts'
import { Toolbar } from '../../list/toolbar.tsx'
import { CreateKey } from './create-key.tsx'
import { GatewayHead } from './gateway-head.tsx'
import styles from './keys-page.module.css'
import { RevokeKey } from './revoke-key.tsx'

/** Who may ask the gateway: make a key, take one away. */
export function KeysPage() {
  const keys = useQuery(keysQuery)
  const { create, revoke } = useSearch({ from: '/inside/gateway/keys' })
  const navigate = useNavigate({ from: '/gateway/keys' })
  const close = () => void navigate({ search: {} })
  const revoked = keys.data?.find(({ id }) => id === revoke)
  return (
    <>
      <GatewayHead />
      <Toolbar label="API keys">
        <Button
          look="primary"
          icon="plus"
          onClick={() => void navigate({ search: { create: 'yes' } })}
        >
          Create key
        </Button>
        <Link to="/audit" search={{ kind: 'key' }}>
          What happened to keys
        </Link>
      </Toolbar>
      <Answer of={keys}>
        {(all) =>
          all.length === 0 ? (
            <Empty
              icon="key"
              title="There is no key"
              command="merlon key create NAME --role reader"
            >
              Without a key nobody passes the gateway. A key is shown once and stored as a hash.
            </Empty>
          ) : (
            <KeyTable keys={all} onRevoke={(id) => void navigate({ search: { revoke: id } })} />
          )
        }
      </Answer>
      {create === undefined ? null : <CreateKey onClose={close} />}
      {revoked === undefined ? null : <RevokeKey apiKey={revoked} onClose={close} />}
    </>
  )
}

function KeyTable({
  keys,
  onRevoke,
}: {
  readonly keys: readonly ApiKey[]
  readonly onRevoke: (id: string) => void
}) {
  const newestFirst = keys.toSorted((a, b) => b.createdAt - a.createdAt)
  const zone = zoneName(Date.now())
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard
    <section className={styles.frame} tabIndex={0} aria-label="Table of API keys">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Starts with</th>
            <th scope="col">Roles</th>
            <th scope="col">Created ({zone})</th>
            <th scope="col">Expires ({zone})</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {newestFirst.map((key) => {
            const state = keyState(key, Date.now())
            return (
              <tr key={key.id} className={state === 'active' ? undefined : styles.gone}>
                <th scope="row">
                  <Link to="/gateway" search={{ key: key.id }} title="Its decisions">
                    {key.name}
                  </Link>
                </th>
                <td>
                  <Badge name={state} />
                </td>
                <td>
                  <code>{key.prefix}…</code>
                </td>
                <td>{key.roles.join(', ')}</td>
                <td>
                  <Instant at={key.createdAt} bare />
                </td>
                <td>{key.expiresAt === null ? 'never' : <Instant at={key.expiresAt} bare />}</td>
                <td>
                  {key.revokedAt === null ? (
                    <Button
                      look="danger"
                      aria-label={`Revoke ${key.name}`}
                      onClick={() => onRevoke(key.id)}
                    >
                      Revoke
                    </Button>
                  ) : (
                    <span>
                      Revoked <Instant at={key.revokedAt} bare />
                    </span>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

function keyState({ revokedAt, expiresAt }: ApiKey, now: number): 'active' | 'revoked' | 'expired' {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active'
}
