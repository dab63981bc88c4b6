import type { AssessmentDetail } from '@merlon/api'
import { Panel } from '../../design/panel.tsx'
import { formatCountOf } from '../../format/quantity.ts'
import styles from './assessment-page.module.css'

type Illustration = AssessmentDetail['illustrations'][number]
type Sample = Illustration['rows'][number]

/** Samples before and after the attack, and the difference made visible. */
export function Illustrations({ illustrations }: Pick<AssessmentDetail, 'illustrations'>) {
  const count = illustrations.reduce((sum, { rows }) => sum + rows.length, 0)
  if (count === 0) return null
  return (
    <Panel title="Pictures" note={formatCountOf(count, 'sample')}>
      <div className={styles.groups}>
        {illustrations.map(({ caption, columns, rows }) => (
          <div key={caption}>
            <p className={styles.caption}>{caption}</p>
            <div className={styles.pictures}>
              {rows.map((row, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a report never move, and two may share a label
                <SampleFigure key={place} sample={row} columns={columns} />
              ))}
            </div>
          </div>
        ))}
      </div>
    </Panel>
  )
}

/** The only pictures that are shown: those that the report drew, and nothing that would be fetched. */
const pngPrefix = 'data:image/png;base64,'

function SampleFigure({
  sample: { label, pictures },
  columns,
}: {
  readonly sample: Sample
  readonly columns: readonly string[]
}) {
  return (
    <figure className={styles.sample}>
      {pictures.map(({ png, alt, width, height }, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
        <div key={column}>
          {png.startsWith(pngPrefix) ? (
            <img src={png} alt={alt} width={width} height={height} />
          ) : (
            <span>no picture</span>
          )}
          <span>{columns[column]}</span>
        </div>
      ))}
      <figcaption>{label}</figcaption>
    </figure>
  )
}
