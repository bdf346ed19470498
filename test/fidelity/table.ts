import type { Comparison } from './comparison.ts'

/** One line a notebook, and below it each difference that is not meant to be. */
export function tableOf(comparisons: readonly Comparison[]): string {
  const width = Math.max(...comparisons.map(({ notebook }) => notebook.name.length))
  return comparisons
    .map((comparison) => {
      const { name, kernel } = comparison.notebook
      return [`${kernel.padEnd(7)}  ${name.padEnd(width)}  ${verdictOf(comparison)}`]
        .concat(troublesOf(comparison).map((line) => `         ${line}`))
        .join('\n')
    })
    .join('\n')
}

export function isFaithful({ unexpected }: Comparison): boolean {
  return Object.keys(unexpected).length === 0
}

/** Every difference that is not meant to be, as text. */
export function troublesOf({ unexpected }: Comparison): readonly string[] {
  return Object.entries(unexpected).map(([place, { nbclient, nbtrigger }]) => {
    return `${place}: nbclient ${shown(nbclient)}, nbtrigger ${shown(nbtrigger)}`
  })
}

function verdictOf(comparison: Comparison): string {
  if (!isFaithful(comparison)) return 'DIFFERS'
  return comparison.notebook.differs === undefined ? 'same' : 'differs as meant'
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 600 ? `${text.slice(0, 600)}...` : text
}
