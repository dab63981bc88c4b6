import { Button } from '../design/button.tsx'

interface OlderProps {
  readonly of: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly fetchNextPage: () => unknown
  }
}

/** Fetches the next page of a list, as long as there is one. */
export function Older({ of }: OlderProps) {
  if (!of.hasNextPage) return null
  return (
    <Button disabled={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
      Load older
    </Button>
  )
}
