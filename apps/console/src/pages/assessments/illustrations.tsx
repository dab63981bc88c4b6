import type { AssessmentDetail } from '@merlon/api'
import { Panel } from '../../design/panel.tsx'
import styles from './assessment-page.module.css'

/** The only pictures that are shown: those that the report drew, and nothing that would be fetched. */
const pngPrefix = 'data:image/png;base64,'

/** Samples before and after the attack, and the difference made visible. */
export function Illustrations({ illustrations }: Pick<AssessmentDetail, 'illustrations'>) {
  return illustrations.map(({ caption, columns, rows }) => (
    <Panel key={caption} title="Pictures" note={`${rows.length} samples`}>
      <p className={styles.caption}>{caption}</p>
      <div className={styles.pictures}>
        {rows.map((row, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of a finished report never move, and two may share a label
          <figure key={`${place} ${row.label}`} className={styles.sample}>
            {row.pictures.map((picture, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
              <div key={column}>
                {picture.png.startsWith(pngPrefix) ? (
                  <img
                    src={picture.png}
                    alt={picture.alt}
                    width={picture.width}
                    height={picture.height}
                    loading="lazy"
                  />
                ) : (
                  <span>no picture</span>
                )}
                <span>{columns[column]}</span>
              </div>
            ))}
            <figcaption>{row.label}</figcaption>
          </figure>
        ))}
      </div>
    </Panel>
  ))
}
