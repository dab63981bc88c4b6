import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, gatewayQuery, keysQuery } from '../../api.ts'
import { Button } from '../../design/button.tsx'
import { CodeLine } from '../../design/code-line.tsx'
import { Field, Select } from '../../design/field.tsx'
import styles from '../../design/form.module.css'
import { Wrong } from '../../design/form.tsx'
import { Icon } from '../../design/icon.tsx'
import { Modal } from '../../design/modal.tsx'

const lifetimes = [
  ['30', '30 days'],
  ['7', '7 days'],
  ['90', '90 days'],
  ['365', '1 year'],
  ['never', 'Never'],
] as const
const dayMs = 86_400_000

/** Makes an API key, and shows it the only time that it can be seen. */
export function CreateKey({ onClose }: { readonly onClose: () => void }) {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [roles, setRoles] = useState<readonly string[]>([])
  const [more, setMore] = useState('')
  const [lifetime, setLifetime] = useState<(typeof lifetimes)[number][0]>('30')
  const chosen = [...new Set([...roles, ...more.split(/[\s,]+/).filter(Boolean)])]
  const create = useMutation({
    mutationFn: () =>
      api('POST /api/v1/keys', {
        body: {
          name,
          roles: chosen,
          ...(lifetime === 'never' ? {} : { expiresAt: Date.now() + Number(lifetime) * dayMs }),
        },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
  })
  if (create.data !== undefined) return <NewKey apiKey={create.data.key} onClose={onClose} />
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  const isReady = name.trim() !== '' && chosen.length > 0
  return (
    <Modal title="Create an API key" onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Field
          label="Name"
          hint="Who or what uses it, such as “checkout service”."
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Roles chosen={roles} onChange={setRoles} />
        <Field
          label="Other roles"
          hint="Separated by commas."
          value={more}
          maxLength={400}
          onChange={(event) => setMore(event.target.value)}
        />
        <Select label="Expires" value={lifetime} options={lifetimes} onChange={setLifetime} />
        {create.error === null ? null : <Wrong error={create.error} />}
        <div className={styles.buttons}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!isReady || create.isPending}>
            Create key
          </Button>
        </div>
      </form>
    </Modal>
  )
}

/** The roles that the routes ask for. */
function Roles({
  chosen,
  onChange,
}: {
  readonly chosen: readonly string[]
  readonly onChange: (roles: readonly string[]) => void
}) {
  const gateway = useQuery(gatewayQuery)
  const known = [...new Set(gateway.data?.routes.flatMap(({ roles }) => roles))].sort()
  if (known.length === 0) return null
  return (
    <fieldset className={styles.roles}>
      <legend>Roles</legend>
      {known.map((role) => (
        <label key={role}>
          <input
            type="checkbox"
            checked={chosen.includes(role)}
            onChange={(event) =>
              onChange(
                event.target.checked ? [...chosen, role] : chosen.filter((other) => other !== role),
              )
            }
          />
          {role}
        </label>
      ))}
    </fieldset>
  )
}

function NewKey({ apiKey, onClose }: { readonly apiKey: string; readonly onClose: () => void }) {
  return (
    <Modal title="Your new key" onClose={onClose}>
      <div className={styles.form}>
        <p className={styles.warning}>
          <Icon name="attention" />
          <span>Copy it now. Merlon stores only a hash, so nobody can show this key again.</span>
        </p>
        <CodeLine text={apiKey} what="the key" />
        <div className={styles.buttons}>
          <Button look="primary" onClick={onClose}>
            I have kept it
          </Button>
        </div>
      </div>
    </Modal>
  )
}
