import { type ErrorCode, type ErrorCodeEntry, errorCodes } from '../errors.ts'
import type { CellOutput, Emit, Finding, RunEvent, RunFinished, RunReport } from '../events.ts'
import { redactedOutput } from './redacted_notebook.ts'
import type { Redactor } from './redactor.ts'

/** Passes events on without secrets. */
export interface RedactingSink {
  readonly emit: Emit
  /** Emits text held back; returns the last event without secrets, which it does not emit. */
  readonly finish: (last: RunFinished) => RunFinished
}

/**
 * All events of a run pass through this sink to `emit`, without secrets. Stream text that may be
 * the beginning of a secret is held back until the next event.
 */
export function redactingSink(redactor: Redactor, emit: Emit): RedactingSink {
  const streams = new PartialSecrets(redactor, (event) => emit(redactedEvent(event, redactor)))
  return {
    emit: (event) => streams.add(event),
    finish: (last) => {
      streams.flush()
      return redactedEvent(last, redactor)
    },
  }
}

type Stream = Extract<CellOutput['output'], { readonly output_type: 'stream' }>
type Piece = CellOutput & { readonly output: Stream }

/**
 * Joins stream chunks, since a secret can span two of them: text that may be the beginning of a
 * secret is held back until the next event, and is joined with that if it continues the stream. All
 * searches together take time linear in the text.
 */
class PartialSecrets {
  readonly #redactor: Pick<Redactor, 'partialSecretStart'>
  readonly #emit: Emit
  readonly #schedule = new SearchSchedule()
  #held: Piece | null = null

  constructor(redactor: Pick<Redactor, 'partialSecretStart'>, emit: Emit) {
    this.#redactor = redactor
    this.#emit = emit
  }

  add(event: RunEvent): void {
    if (this.#held !== null && !goesOn(this.#held, event)) this.flush()
    if (isPiece(event)) this.#addPiece(event)
    else this.#emit(event)
  }

  flush(): void {
    const held = this.#held
    this.#held = null
    if (held !== null) this.#emit(held)
  }

  #addPiece(event: Piece): void {
    const held = this.#held
    const piece = held === null ? event : withText(event, textOf(held) + textOf(event))
    const text = textOf(piece)
    if (held !== null && !this.#schedule.isDue(text.length)) {
      this.#held = piece
      return
    }
    const end = this.#redactor.partialSecretStart(text, held !== null)
    this.#held = end === text.length ? null : withText(piece, text.slice(end))
    this.#schedule.searched(text.length - end)
    if (this.#held === null) this.#emit(piece)
    else if (end > 0) this.#emit(withText(piece, text.slice(0, end)))
  }
}

/** Maximum length, in characters, of held text that is searched again with every chunk. */
const alwaysSearched = 4_096

/** Longer text is searched again when it has grown by this fraction. */
const growth = 1 / 16

/** Held text is searched again after this time, with the next chunk, however little it has grown. */
const maxDelayMs = 1_000

/**
 * Decides when held text, which grows with each chunk, is searched again. A secret can have 1 MB and
 * arrive line by line: searching all held text with each line would take quadratic time. Searching
 * after each growth by a sixteenth reads each character about 17 times. Between searches all of it
 * stays held back.
 */
class SearchSchedule {
  #length = 0
  #at = 0

  /** Whether to search held text of this length, in characters, now. */
  isDue(length: number): boolean {
    if (length <= alwaysSearched || length >= this.#length * (1 + growth)) return true
    return performance.now() - this.#at >= maxDelayMs
  }

  /** Call after each search with the length of the text that stays held back. */
  searched(length: number): void {
    this.#length = length
    this.#at = performance.now()
  }
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

/**
 * The event without secrets. Weak secrets are not masked in names, and field values that nbtrigger
 * defines, such as types and codes, are never masked. The notebook of the last event is masked
 * already.
 */
function redactedEvent<Event extends RunEvent>(event: Event, redactor: Redactor): Event
function redactedEvent(event: RunEvent, redactor: Redactor): RunEvent {
  const { names } = redactor
  switch (event.type) {
    case 'run_started':
    case 'kernel_starting':
    case 'kernel_created':
    case 'kernel_started':
    case 'cell_started':
    case 'cell_finished':
      return ofType(names.value(event), event.type)
    case 'cell_output':
      return {
        ...event,
        cell: names.value(event.cell),
        output: redactedOutput(event.output, redactor),
      }
    case 'diagnosed':
      return { ...event, findings: event.findings.map((each) => redactedFinding(each, redactor)) }
    case 'run_finished':
      return { ...event, report: redactedReport(event.report, redactor) }
    default:
      return ofType(redactor.value(event), event.type)
  }
}

function redactedReport(report: RunReport, redactor: Redactor): RunReport {
  const { result, error, warnings, event, outcome, ...facts } = report
  const shown = {
    event,
    outcome,
    ...redactor.names.value(facts),
    result: redactor.value(result),
    warnings: redactor.value(warnings),
  }
  if (error === undefined) return shown
  const { cell } = error
  const named = cell === undefined ? {} : { cell: redactor.names.value(cell) }
  const { code } = error
  const message = redactedMessage(error, redactor)
  return { ...shown, error: { ...redactor.value(error), ...named, code, message } }
}

/**
 * An error's message without secrets. Weak secrets are not masked in messages that quote names from
 * the request.
 */
export function redactedMessage(
  { code, message }: { readonly code: ErrorCode; readonly message: string },
  redactor: Redactor,
): string {
  return (isNaming(code) ? redactor.names : redactor).text(message)
}

function isNaming(code: ErrorCode): boolean {
  const { quotesNames }: ErrorCodeEntry = errorCodes[code]
  return quotesNames === true
}

function ofType<Event extends RunEvent>(event: Event, type: Event['type']): Event {
  return { ...event, type }
}

/** The finding without secrets; check and verdict stay as they are, even if a secret is "token". */
export function redactedFinding(finding: Finding, redactor: Redactor): Finding {
  const { check, verdict } = finding
  return { ...redactor.value(finding), check, verdict }
}
