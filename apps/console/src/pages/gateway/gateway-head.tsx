import type { Reply } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { gatewayQuery } from '../../api.ts'
import { Instant } from '../../design/instant.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Tabs } from '../../design/tabs.tsx'
import { formatCount } from '../../format/quantity.ts'
import styles from './gateway-head.module.css'

const tabs = [
  { to: '/gateway', title: 'Decisions' },
  { to: '/gateway/routes', title: 'Routes' },
  { to: '/gateway/keys', title: 'API keys' },
]

/** The gateway's name, where it listens, what it did since it started, and its pages. */
export function GatewayHead() {
  const gateway = useQuery(gatewayQuery)
  return (
    <>
      <PageHead
        title="Gateway"
        lead={
          gateway.data === undefined ? <span>&nbsp;</span> : <Standing gateway={gateway.data} />
        }
      />
      <Tabs label="Gateway pages" tabs={tabs} />
    </>
  )
}

function Standing({ gateway }: { readonly gateway: Reply<'GET /api/v1/gateway'> }) {
  const { url, counts, startedAt, policyVersion } = gateway
  return (
    <ul className={styles.standing}>
      <li>
        Listens at <code>{url}</code>
      </li>
      <li>
        <b>{formatCount(counts.passed)}</b> passed, <b>{formatCount(counts.blocked)}</b> blocked
        since <Instant at={startedAt} />
      </li>
      <li>Policy version {policyVersion}</li>
    </ul>
  )
}
