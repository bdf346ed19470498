import type { CellOutput, RunEvent } from '../events.ts'
import type { Redactor } from './redact.ts'

type Stream = Extract<CellOutput['output'], { readonly output_type: 'stream' }>
type Piece = CellOutput & { readonly output: Stream }

/**
 * The events, but a stream's pieces end anywhere, also within a secret: what may be the beginning
 * of one is held back until the next event, and goes with the rest of it when that follows.
 */
export async function* heldBack(
  events: AsyncIterable<RunEvent>,
  { openEnd }: Pick<Redactor, 'openEnd'>,
): AsyncGenerator<RunEvent, void, void> {
  let held: Piece | null = null
  for await (const event of events) {
    if (held !== null && !goesOn(held, event)) {
      yield held
      held = null
    }
    if (!isPiece(event)) {
      yield event
      continue
    }
    const piece: Piece = held === null ? event : withText(event, textOf(held) + textOf(event))
    const text = textOf(piece)
    const end = openEnd(text, held !== null)
    held = end === text.length ? null : withText(piece, text.slice(end))
    if (held === null) yield piece
    else if (end > 0) yield withText(piece, text.slice(0, end))
  }
  if (held !== null) yield held
}

function isPiece(event: RunEvent): event is Piece {
  return event.type === 'cell_output' && event.output.output_type === 'stream'
}

function goesOn({ cell, output }: Piece, event: RunEvent): boolean {
  return isPiece(event) && event.cell.index === cell.index && event.output.name === output.name
}

function textOf({ output }: Piece): string {
  return output.text
}

function withText(piece: Piece, text: string): Piece {
  return { ...piece, output: { ...piece.output, text } }
}
