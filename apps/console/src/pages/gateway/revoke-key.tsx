import type { ApiKey } from '@merlon/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { api, keysQuery } from '../../api.ts'
import { Button } from '../../design/button.tsx'
import { Field } from '../../design/field.tsx'
import styles from '../../design/form.module.css'
import { Wrong } from '../../design/form.tsx'
import { Icon } from '../../design/icon.tsx'
import { Modal } from '../../design/modal.tsx'

interface RevokeKeyProps {
  readonly apiKey: ApiKey
  readonly onClose: () => void
}

/** Revokes a key once its name was typed; says what that does and where it is on the record. */
export function RevokeKey({ apiKey, onClose }: RevokeKeyProps) {
  const queries = useQueryClient()
  const [typed, setTyped] = useState('')
  const revoke = useMutation({
    mutationFn: () => api('DELETE /api/v1/keys/:id', { parameters: { id: apiKey.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed === apiKey.name) revoke.mutate()
  }
  if (revoke.isSuccess) {
    return (
      <Modal title={`${apiKey.name} is revoked`} onClose={onClose}>
        <div className={styles.form}>
          <p>
            Requests with it are refused from now on. It is written to the{' '}
            <Link to="/audit" search={{ kind: 'key' }}>
              audit log
            </Link>
            .
          </p>
          <div className={styles.buttons}>
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      </Modal>
    )
  }
  return (
    <Modal title={`Revoke ${apiKey.name}`} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <p className={styles.warning}>
          <Icon name="attention" />
          <span>
            Every request with the key <code>{apiKey.prefix}…</code> is refused with 401 from this
            moment on. It cannot be undone, and is written to the audit log.
          </span>
        </p>
        <Field
          label={`Type “${apiKey.name}” to confirm`}
          value={typed}
          maxLength={80}
          onChange={(event) => setTyped(event.target.value)}
        />
        {revoke.error === null ? null : <Wrong error={revoke.error} />}
        <div className={styles.buttons}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="danger" disabled={typed !== apiKey.name || revoke.isPending}>
            Revoke key
          </Button>
        </div>
      </form>
    </Modal>
  )
}
