import { useEffect, useState } from 'react'
import { announce } from './announce.tsx'
import { Button } from './button.tsx'

interface CopyButtonProps {
  readonly text: string
  /** What is copied, as in "Copy the key". */
  readonly what: string
  readonly withWord?: boolean
}

/** Copies a text, says so, and says so too when the browser refuses. */
export function CopyButton({ text, what, withWord = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'refused'>('none')
  useEffect(() => {
    if (outcome === 'none') return
    const timer = setTimeout(() => setOutcome('none'), 2000)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async () => {
    const copied = await copyText(text)
    setOutcome(copied ? 'copied' : 'refused')
    announce(copied ? `Copied ${what}` : 'The browser refused to copy: select the text instead')
  }
  const word = { none: 'Copy', copied: 'Copied', refused: 'Refused' }[outcome]
  return (
    <Button
      look={withWord ? 'plain' : 'quiet'}
      icon={outcome === 'copied' ? 'ok' : 'copy'}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => void copy()}
    >
      {withWord ? word : undefined}
    </Button>
  )
}

/** Puts text on the clipboard; `false` if the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  // There is no clipboard on pages that are not secure.
  if (navigator.clipboard === undefined) return false
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  )
}
