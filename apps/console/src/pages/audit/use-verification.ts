import type { AuditProof } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { auditQuery } from '../../api.ts'
import { type RecordVerification, verifyRecord } from '../../proof/verify-record.ts'

/** What this browser makes of a record and its proof; `undefined` while it calculates. */
export function useVerification(record: AuditProof | undefined): RecordVerification | undefined {
  const { data: status } = useQuery(auditQuery)
  const publicKey = status?.publicKey
  const [verification, setVerification] = useState<RecordVerification>()
  useEffect(() => {
    setVerification(undefined)
    if (record === undefined || publicKey === undefined) return
    let isCurrent = true
    void verifyRecord(record, publicKey).then((result) => {
      if (isCurrent) setVerification(result)
    })
    return () => {
      isCurrent = false
    }
  }, [record, publicKey])
  return verification
}
