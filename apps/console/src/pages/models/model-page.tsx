import type { ModelDetail } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { assessmentsQuery, modelQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Badge } from '../../design/badge.tsx'
import { Digest } from '../../design/code-line.tsx'
import { Empty } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Fact, Facts, Panel } from '../../design/panel.tsx'
import { formatBytes, formatCount } from '../../format/quantity.ts'
import { AssessmentCard } from '../assessments/assessment-card.tsx'
import { Life } from './life.tsx'
import styles from './model-page.module.css'
import { Operators, Signature } from './signature.tsx'

/** One model: what it is, what it answers, what happened to it. */
export function ModelPage() {
  const { name } = useParams({ from: '/inside/models/$name' })
  const model = useQuery(modelQuery(name))
  return (
    <>
      <PageHead
        title={name}
        above={[{ to: '/models', title: 'Models' }]}
        lead={model.data === undefined ? undefined : <Standing model={model.data} />}
      />
      <Answer of={model} lines={8}>
        {(data) => (
          <div className={styles.columns}>
            <div className={styles.column}>
              <Signature model={data} />
              <Operators operators={data.operators} />
              <Panel title="File">
                <Facts>
                  <Fact name="Path">
                    <code>{data.path}</code>
                  </Fact>
                  <Fact name="SHA-256">
                    <Digest hex={data.sha256} what="the digest" />
                  </Fact>
                  <Fact name="Size">{formatBytes(data.bytes)}</Fact>
                  <Fact name="Parameters">{formatCount(data.parameters)}</Fact>
                  <Fact name="Opset">{data.opset}</Fact>
                  <Fact name="Producer">{data.producer || 'not named in the file'}</Fact>
                  <Fact name="Labels">{data.labels.join(', ') || 'none given'}</Fact>
                </Facts>
              </Panel>
            </div>
            <div className={styles.column}>
              <Assessments model={data} />
              <Life life={data.life} />
            </div>
          </div>
        )}
      </Answer>
    </>
  )
}

function Standing({ model: { lastAssessment, routes } }: { readonly model: ModelDetail }) {
  return (
    <>
      {lastAssessment === null ? (
        <Badge name="unchecked" word="Never assessed" />
      ) : (
        <Badge name={lastAssessment.verdict} />
      )}
      <span>
        {routes.length === 0 ? (
          'Not served by the gateway'
        ) : (
          <>
            Served at <code>{routes.join(', ')}</code>
          </>
        )}
      </span>
    </>
  )
}

function Assessments({ model }: { readonly model: ModelDetail }) {
  const assessments = useQuery(assessmentsQuery(model.name))
  return (
    <Panel
      title="Assessments"
      actions={
        <Link to="/assessments" search={{ model: model.name }}>
          All of this model
        </Link>
      }
    >
      <Answer of={assessments} lines={3}>
        {(all) =>
          all[0] === undefined ? (
            <Empty
              icon="assessment"
              title="Never assessed"
              command={`merlon assess ${model.path} --data DIR`}
            >
              Nobody has attacked this model yet, which is not the same as safe.
            </Empty>
          ) : (
            <AssessmentCard assessment={all[0]} />
          )
        }
      </Answer>
    </Panel>
  )
}
