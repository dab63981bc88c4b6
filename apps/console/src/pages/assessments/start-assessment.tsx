import type { Body, Reply } from '@merlon/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { api, assessmentChoicesQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Button } from '../../design/button.tsx'
import { Field, Select } from '../../design/field.tsx'
import styles from '../../design/form.module.css'
import { Wrong } from '../../design/form.tsx'
import { Modal } from '../../design/modal.tsx'
import { normName } from './estimate-name.ts'

type Choices = Reply<'GET /api/v1/assessments/choices'>
type Request = Body<'POST /api/v1/assessments'>
type Norm = NonNullable<Request['norm']>

const norms = (['linf', 'l2', 'l1', 'l0'] as const).map((norm) => [norm, normName(norm)] as const)

/** Asks what to attack, with what and how hard, and puts it into the queue. */
export function StartAssessment({ model, onClose }: { model?: string; onClose: () => void }) {
  const choices = useQuery(assessmentChoicesQuery)
  return (
    <Modal title="Start an assessment" onClose={onClose}>
      <Answer of={choices}>
        {(known) => <Form choices={known} model={model} onClose={onClose} />}
      </Answer>
    </Modal>
  )
}

interface FormProps {
  readonly choices: Choices
  readonly model: string | undefined
  readonly onClose: () => void
}

function Form({ choices, model: wanted, onClose }: FormProps) {
  const { models, endpoints, datasets, profiles } = choices
  const names = [...models, ...endpoints.map(({ name }) => name)]
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [model, setModel] = useState(wanted ?? names[0] ?? '')
  const [data, setData] = useState(datasets[0] ?? '')
  const [how, setHow] = useState('quick')
  const [norm, setNorm] = useState<Norm>('linf')
  const [epsilon, setEpsilon] = useState('0.1')
  const [samples, setSamples] = useState('')
  const [seed, setSeed] = useState('0')
  const sizes = epsilon
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number)
  const start = useMutation({
    mutationFn: () => {
      const profile = profiles.find(({ name }) => name === way)?.name
      const chosen = profile === undefined ? { attacks: [way] } : { profile }
      const count = samples === '' ? {} : { samples: Number(samples) }
      const body = { model, data, ...chosen, norm, epsilon: sizes, ...count, seed: Number(seed) }
      return api('POST /api/v1/assessments', { body })
    },
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['assessments'] })
      await navigate({ to: '/assessments/$id', params: { id } })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start.mutate()
  }
  if (names.length === 0 || datasets.length === 0) return <NothingToAttack />
  const ways = waysOf(choices, model, norm)
  // What was chosen may not be among the ways any more once norm or model changed.
  const way = ways.some(([name]) => name === how) ? how : 'quick'
  const targets = [
    ...models.map(same),
    ...endpoints.map(({ name, access }) => [name, `${name}, an endpoint of ${access}`] as const),
  ]
  const isReady = sizes.length > 0 && sizes.every((size) => Number.isFinite(size) && size >= 0)
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.columns}>
        <Select label="Model" value={model} options={targets} onChange={setModel} />
        <Select label="Data" value={data} options={datasets.map(same)} onChange={setData} />
      </div>
      <Select label="Attacks" value={way} options={ways} onChange={setHow} />
      <div className={styles.columns}>
        <Select label="Norm" value={norm} options={norms} onChange={setNorm} />
        <Field
          label="Epsilon"
          hint="In input units; several with commas."
          required
          value={epsilon}
          error={isReady || epsilon === '' ? undefined : 'Numbers from 0 up, such as 0.1, 0.3'}
          onChange={(event) => setEpsilon(event.target.value)}
        />
        <Field
          label="Samples"
          hint="From the first; empty for the usual number."
          type="number"
          min={1}
          value={samples}
          onChange={(event) => setSamples(event.target.value)}
        />
        <Field
          label="Seed"
          hint="The same seed gives the same figures."
          type="number"
          min={0}
          required
          value={seed}
          onChange={(event) => setSeed(event.target.value)}
        />
      </div>
      {start.error === null ? null : <Wrong error={start.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" disabled={!isReady || start.isPending}>
          Start assessment
        </Button>
      </div>
    </form>
  )
}

/** The profiles, and each attack that knows the norm and asks for no more than the model gives. */
function waysOf({ endpoints, profiles, attacks }: Choices, model: string, norm: Norm) {
  const endpoint = endpoints.find(({ name }) => name === model)
  const able = attacks.filter(
    ({ norms: known, access }) =>
      known.includes(norm) &&
      (endpoint === undefined || access === 'labels' || access === endpoint.access),
  )
  return [
    ...profiles.map(({ name, summary }) => [name, `${name}: ${summary}`] as const),
    ...able.map(({ name, title }) => [name, `only ${title}`] as const),
  ]
}

function NothingToAttack() {
  return (
    <p className={styles.form}>
      An assessment needs a model and labelled data. Name one under <code>models:</code> or{' '}
      <code>endpoints:</code> and one under <code>datasets:</code> in merlon.yaml, and start the
      server again.
    </p>
  )
}

function same(name: string): readonly [string, string] {
  return [name, name]
}
