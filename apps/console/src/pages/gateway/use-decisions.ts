import type { Decision, Reply } from '@merlon/api'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { api, sessionQuery } from '../../api.ts'
import { DecisionFeed, type FeedState, mergeDecisions } from '../../live/decision-feed.ts'

/** What narrows the list down; the server applies it to old decisions, the browser to live ones. */
export interface DecisionFilter {
  readonly verdict?: Decision['verdict']
  readonly code?: string
  readonly keyId?: string
}

const pageRows = 200

/** Decisions before now, and as they happen. */
export function useDecisions(filter: DecisionFilter) {
  const feed = useFeed()
  const past = useInfiniteQuery({
    queryKey: ['decisions', filter],
    queryFn: ({ signal, pageParam }) =>
      api('GET /api/v1/decisions', {
        signal,
        query: {
          ...filter,
          limit: pageRows,
          ...(pageParam === undefined ? {} : { before: pageParam }),
        },
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: olderThan,
  })
  const { refetch } = past
  useWhenBack(feed.status, () => void refetch())
  const [isPaused, setPaused] = useState(false)
  const arrived = useMemo(
    () => feed.decisions.filter((decision) => passes(decision, filter)),
    [feed.decisions, filter],
  )
  const [held, setHeld] = useState<readonly Decision[]>([])
  const live = isPaused ? held : arrived
  const pages = past.data?.pages
  const decisions = useMemo(
    () => mergeDecisions(live, pages?.flatMap((page) => page.decisions) ?? []),
    [live, pages],
  )
  return {
    past,
    decisions,
    arrived,
    total: Math.max(pages?.[0]?.total ?? 0, decisions.length),
    status: feed.status,
    heardAt: feed.heardAt,
    isPaused,
    waiting: isPaused ? countNew(arrived, held) : 0,
    setPaused: (paused: boolean) => {
      setHeld(arrived)
      setPaused(paused)
    },
  }
}

function useFeed(): FeedState {
  const queries = useQueryClient()
  const [feed, setFeed] = useState<DecisionFeed>()
  useEffect(() => {
    const opened = new DecisionFeed({
      open: () => new EventSource('/api/v1/decisions/live'),
      now: () => Date.now(),
      later: (work, ms) => {
        const timer = setTimeout(work, ms)
        return () => clearTimeout(timer)
      },
      // If the session is over, the answer to this leads to the login.
      onRefused: () => void queries.refetchQueries({ queryKey: sessionQuery.queryKey }),
    })
    setFeed(opened)
    return () => opened.close()
  }, [queries])
  return useSyncExternalStore(feed?.subscribe ?? noSubscription, feed?.state ?? noState)
}

const waitingState: FeedState = { status: 'connecting', heardAt: null, decisions: [] }
const noSubscription = () => () => undefined
const noState = () => waitingState

/** What was missed while the stream was down is fetched. */
function useWhenBack(status: FeedState['status'], refetch: () => void): void {
  const before = useRef(status)
  useEffect(() => {
    if (before.current === 'reconnecting' && status === 'live') refetch()
    before.current = status
  })
}

function olderThan(page: Reply<'GET /api/v1/decisions'>): number | undefined {
  return page.decisions.length < pageRows ? undefined : page.decisions.at(-1)?.auditIndex
}

function passes(decision: Decision, { verdict, code, keyId }: DecisionFilter): boolean {
  return (
    (verdict === undefined || decision.verdict === verdict) &&
    (code === undefined || decision.code === code) &&
    (keyId === undefined || decision.keyId === keyId)
  )
}

function countNew(arrived: readonly Decision[], held: readonly Decision[]): number {
  const newest = held[0]?.auditIndex ?? -1
  return arrived.filter(({ auditIndex }) => auditIndex > newest).length
}
