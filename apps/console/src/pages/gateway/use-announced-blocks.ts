import type { Decision } from '@merlon/api'
import { useEffect, useRef } from 'react'
import { announce } from '../../design/announce.tsx'

const pauseMs = 4000

/** Says how many requests were blocked, at most every few seconds: a flood must not fill the ears. */
export function useAnnouncedBlocks(arrived: readonly Decision[]): void {
  const saidUpTo = useRef(-1)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(arrived)
  latest.current = arrived
  useEffect(() => {
    if (timer.current !== undefined || arrived.length === 0) return
    timer.current = setTimeout(() => {
      timer.current = undefined
      const blocked = latest.current.filter(
        ({ verdict, auditIndex }) => verdict === 'block' && auditIndex > saidUpTo.current,
      )
      saidUpTo.current = latest.current[0]?.auditIndex ?? saidUpTo.current
      if (blocked.length === 1) announce(`Blocked: ${blocked[0]?.reason}`)
      if (blocked.length > 1) announce(`${blocked.length} requests blocked`)
    }, pauseMs)
  }, [arrived])
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
}
