import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { parseSearch, safePath } from '../list/search.ts'

interface PathLinkProps {
  /** A path of this console, as the server writes it. */
  readonly path: string
  readonly className?: string | undefined
  readonly children: ReactNode
}

/** A link to a path that the server named. It never leads out of the console. */
export function PathLink({ path, className, children }: PathLinkProps) {
  const [to, search] = safePath(path).split('?')
  return (
    <Link to={to ?? '/'} search={parseSearch(search ?? '')} className={className}>
      {children}
    </Link>
  )
}
