import type { CellOutput, CellRef } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { plainText } from '../util/text.ts'

type Output = CellOutput['output']

/** A part of a cell's output that can be shown as it is: plain text, and of streams whole lines. */
export interface OutputText {
  readonly cell: CellRef
  readonly kind: 'stdout' | 'stderr' | 'display_data' | 'execute_result' | 'error'
  readonly text: string
}

interface OpenStream {
  readonly cell: CellRef
  readonly kind: 'stdout' | 'stderr'
  readonly lines: LineBuffer
}

/** Turns outputs as they come into texts to show, in order. */
export class OutputTexts {
  readonly #streams = new Map<string, OpenStream>()
  readonly #redactor: Pick<Redactor, 'text'>

  /** The redactor masks again after joining: a secret can span two chunks. */
  constructor(redactor: Pick<Redactor, 'text'>) {
    this.#redactor = redactor
  }

  add({ cell, output }: CellOutput): readonly OutputText[] {
    if (output.output_type === 'stream') {
      const { kind, lines } = this.#streamOf(cell, output.name)
      return this.#shown({ cell, kind, text: lines.add(output.text) })
    }
    const kind = output.output_type
    return [...this.endOf(cell), ...this.#shown({ cell, kind, text: textOf(output) })]
  }

  /** What the cell has written without ending the line. */
  endOf(cell: CellRef): readonly OutputText[] {
    return this.end((stream) => stream.cell.index === cell.index)
  }

  end(which: (stream: OpenStream) => boolean = () => true): readonly OutputText[] {
    const streams = [...this.#streams.values()].filter(which)
    return streams.flatMap(({ lines, ...rest }) => this.#shown({ ...rest, text: lines.flush() }))
  }

  #shown({ text, ...rest }: Omit<OutputText, 'text'> & { text: string | null }) {
    return text === null ? [] : [{ ...rest, text: this.#redactor.text(plainText(text)) }]
  }

  #streamOf(cell: CellRef, kind: 'stdout' | 'stderr'): OpenStream {
    const key = `${cell.index} ${kind}`
    const stream = this.#streams.get(key) ?? { cell, kind, lines: new LineBuffer() }
    this.#streams.set(key, stream)
    return stream
  }
}

/** The text/plain of a result or a display, else the names of what it has. */
export function bundleText(data: Readonly<Record<string, unknown>>): string {
  const text = data['text/plain']
  return typeof text === 'string' ? text : Object.keys(data).join(', ')
}

function textOf(output: Exclude<Output, { output_type: 'stream' }>): string {
  if (output.output_type !== 'error') return bundleText(output.data)
  if (output.traceback.length > 0) return output.traceback.join('\n')
  return `${output.ename}: ${output.evalue}`
}

/** A line that does not end, such as a progress bar's, is given out in pieces of this size. */
const maxLine = 100_000

/** Joins the chunks of a stream, which end anywhere, into whole lines. */
export class LineBuffer {
  #chunks: string[] = []
  #length = 0

  /** The lines that are complete now, without the newline of the last one; null when none is. */
  add(chunk: string): string | null {
    const end = chunk.lastIndexOf('\n')
    if (end === -1) {
      this.#push(chunk)
      return this.#length > maxLine ? this.flush() : null
    }
    this.#push(chunk.slice(0, end))
    const lines = this.flush() ?? ''
    this.#push(chunk.slice(end + 1))
    return lines
  }

  /** What is left of a line that has not ended; null when there is nothing. */
  flush(): string | null {
    if (this.#length === 0) return null
    const rest = this.#chunks.join('')
    this.#chunks = []
    this.#length = 0
    return rest
  }

  #push(text: string): void {
    this.#chunks.push(text)
    this.#length += text.length
  }
}
