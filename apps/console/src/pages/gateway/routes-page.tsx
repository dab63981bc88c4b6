import type { GatewayStatus } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { gatewayQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { CodeLine } from '../../design/code-line.tsx'
import { Empty } from '../../design/notice.tsx'
import { Fact, Facts, Panel } from '../../design/panel.tsx'
import { formatBytes, formatCount } from '../../format/quantity.ts'
import { GatewayHead } from './gateway-head.tsx'
import styles from './routes-page.module.css'

/** Who may ask what, and how much. */
export function RoutesPage() {
  const gateway = useQuery(gatewayQuery)
  return (
    <>
      <GatewayHead />
      <Answer of={gateway}>
        {({ routes, url }) =>
          routes.length === 0 ? (
            <Empty icon="gateway" title="No route is open" command="merlon init">
              A route puts a model behind the gateway: who may ask, how often, how much. Name one
              under “routes” in merlon.yaml.
            </Empty>
          ) : (
            <div className={styles.routes}>
              {routes.map((route) => (
                <RouteCard key={route.route} route={route} url={url} />
              ))}
            </div>
          )
        }
      </Answer>
    </>
  )
}

function RouteCard({
  route: { route, model, roles, limits },
  url,
}: {
  readonly route: GatewayStatus['routes'][number]
  readonly url: string
}) {
  return (
    <Panel
      title={route}
      actions={
        <Link to="/models/$name" params={{ name: model }}>
          Model {model}
        </Link>
      }
    >
      <Facts>
        <Fact name="Roles">{roles.join(', ') || 'none: nobody may ask'}</Fact>
        <Fact name="Rate">
          {formatCount(limits.requestsPerSecond)} requests/s per key, bursts of{' '}
          {formatCount(limits.burst)}
        </Fact>
        <Fact name="Body">at most {formatBytes(limits.bodyBytesMax)}</Fact>
      </Facts>
      <CodeLine
        text={`curl -H 'authorization: Bearer KEY' ${url.replace(/\/$/, '')}${route}`}
        what="the command"
      />
    </Panel>
  )
}
