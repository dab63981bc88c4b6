import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { Icon } from './icon.tsx'
import styles from './page-head.module.css'

interface PageHeadProps {
  readonly title: string
  /** The lists above this page. */
  readonly above?: readonly { readonly to: string; readonly title: string }[]
  readonly lead?: ReactNode
  readonly actions?: ReactNode
}

let hasArrived = false

/** A page's title, the way back up, and what can be done with the whole of it. */
export function PageHead({ title, above = [], lead, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Merlon`
  }, [title])
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    // A page that is gone to starts at its title; the first one starts where the browser starts.
    if (hasArrived) heading.current?.focus()
    hasArrived = true
  }, [])
  return (
    <header className={styles.head}>
      <div className={styles.words}>
        {above.length === 0 ? null : (
          <nav aria-label="Breadcrumbs" className={styles.crumbs}>
            {above.map((crumb) => (
              <span key={crumb.to}>
                <Link to={crumb.to}>{crumb.title}</Link>
                <Icon name="chevron" />
              </span>
            ))}
          </nav>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead === undefined ? null : <div className={styles.lead}>{lead}</div>}
      </div>
      {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
    </header>
  )
}
