import { errorCodes, outcomes } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { starters } from '../history/record.ts'
import { fields } from '../request/json_request.ts'
import { type Option, positionals } from '../request/options.ts'

/** A JSON Schema, as in OpenAPI 3.1. */
export type Schema = Readonly<Record<string, unknown>>

const text: Schema = { type: 'string' }
const texts: Schema = { type: 'array', items: text }
const count: Schema = { type: 'integer', minimum: 0 }
const yes: Schema = { type: 'boolean' }
const anyObject: Schema = { type: 'object' }

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] }
}

function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

/** An object with these properties and no others. */
function record(required: Readonly<Record<string, Schema>>, optional: Schema = {}): Schema {
  return {
    type: 'object',
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  }
}

const cell = record({ index: orNull(count), id: orNull(text), source: text })
const kernel = record({ id: text, name: text })
const source = record({ url: text, version: orNull(text), sha256: text })
const hub = record({
  user: orNull(text),
  server: text,
  startMs: orNull(count),
  stopped: orNull(yes),
})
const finding = record({
  check: text,
  verdict: { enum: ['good', 'warning', 'bad', 'skipped'] },
  what: text,
  advice: orNull(text),
})
const parameters: Schema = {
  type: 'object',
  description: 'What the notebook is given; 1 and 1.0 stay apart, integers are exact',
}

const fieldTypes: Readonly<Record<Option['type'], Schema>> = {
  flag: yes,
  text,
  number: { type: 'number' },
  texts: { anyOf: [text, texts] },
  pairs: { type: 'object', additionalProperties: text },
}

const options: Schema = Object.fromEntries(
  [...fields].map(([name, { type, meaning }]) => [
    name,
    { ...fieldTypes[type], description: meaning },
  ]),
)

const places = {
  server: { ...text, description: `${positionals.host.meaning}; else JUPYTER_SERVER` },
  notebook: { ...text, description: `${positionals.notebook.meaning}; else JUPYTER_NOTEBOOK` },
  notebookContent: {
    anyOf: [anyObject, text],
    description: 'The notebook itself, or the text of its file, if NBTRIGGER_SOURCES allows it',
  },
}

const recordedRun = {
  runId: text,
  outcome: { enum: outcomes },
  startedAt: { ...text, format: 'date-time' },
  durationMs: count,
  startedBy: { enum: starters },
  server: orNull(text),
  notebook: orNull(text),
  parameters: {
    type: 'array',
    items: record({
      name: text,
      text: { ...text, description: 'The value as `-p` takes it; JSON for lists and maps' },
      isComplete: { ...yes, description: 'False where a part was masked or cut' },
    }),
  },
  otherParameters: { ...count, description: 'How many parameters are not listed' },
  error: orNull(record({ code: { enum: Object.keys(errorCodes) }, message: text })),
  hasNotebook: yes,
}

/** The data of each server-sent event; all but the last are events of the run. */
const events: Readonly<
  Record<Exclude<RunEvent['type'], 'result' | 'run_finished'> | 'outputs_left_out', Schema>
> = {
  run_started: { runId: text, server: text, notebook: text },
  server_waiting: { attempt: count, reason: text },
  hub_starting: { hub: text, user: text, server: text },
  kernel_starting: { name: text },
  kernel_created: { kernel },
  kernel_started: { kernel, cellsToRun: count },
  cell_started: { cell, position: count },
  cell_output: { cell, output: anyObject },
  cell_finished: { cell, position: count, status: { enum: ['ok', 'error'] }, durationMs: count },
  warning: { message: text },
  diagnosed: { findings: { type: 'array', items: finding } },
  outputs_left_out: { count },
}

const optionalOf: Readonly<Record<string, Schema>> = {
  run_started: { parameters: { type: 'object', additionalProperties: text } },
  warning: { outputLost: { const: true } },
}

function eventSchema(type: string, properties: Schema): Schema {
  const own = Object.entries(properties).map(([name, schema]) => [name, Object(schema)])
  const optional = optionalOf[type] ?? {}
  return record({ type: { const: type }, ...Object.fromEntries(own) }, optional)
}

const parameterTexts = { type: 'object', additionalProperties: text }

export const schemas: Readonly<Record<string, Schema>> = {
  Order: record({}, { ...places, parameters, ...options }),
  PathOrder: record({}, { parameters, ...options }),
  Report: record(
    {
      event: { const: 'run_finished' },
      outcome: { enum: outcomes },
      runId: text,
      server: orNull(text),
      notebook: orNull(text),
      kernel: orNull(kernel),
      kernelDeleted: orNull(yes),
      startedAt: { ...text, format: 'date-time' },
      finishedAt: { ...text, format: 'date-time' },
      durationMs: count,
      cells: record({ total: count, executed: count, skipped: count, failed: count }),
      result: orNull(
        record({ data: anyObject, metadata: anyObject, execution_count: orNull(count) }),
      ),
      outputComplete: yes,
      warnings: texts,
      outputs: texts,
    },
    {
      source,
      parameters: parameterTexts,
      hub,
      warm: record({ ageMs: count }),
      resumed: {
        type: 'array',
        items: record({ at: { ...text, format: 'date-time' }, afterMs: count }),
      },
      error: ref('Error'),
    },
  ),
  Error: record(
    { code: { enum: Object.keys(errorCodes) }, message: text, retryable: yes },
    { cell, ename: text, evalue: text, traceback: texts },
  ),
  Problem: record(
    {
      type: { ...text, format: 'uri' },
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text,
      code: { enum: Object.keys(errorCodes) },
    },
    { runId: text, report: ref('Report') },
  ),
  Event: {
    oneOf: [
      ...Object.entries(events).map(([type, properties]) => eventSchema(type, properties)),
      record({ type: { const: 'run_finished' }, report: ref('Report') }),
    ],
  },
  ExecutedNotebook: {
    oneOf: [
      record({ notebook: orNull(text), html: text }),
      record({ notebook: orNull(text), problem: ref('Problem') }),
    ],
  },
  RunRef: record({ runId: text }),
  WarmKernels: record({
    notebooks: {
      type: 'array',
      items: record({
        notebook: text,
        size: count,
        ready: count,
        isFilling: yes,
        hits: count,
        misses: count,
        ageMs: orNull(count),
        problem: orNull(text),
      }),
    },
    kernels: count,
    maxKernels: count,
    maxAgeSeconds: count,
  }),
  RecordedRun: record(recordedRun),
  RecordedRunWithReport: record({ ...recordedRun, report: ref('Report') }),
  RecordedRuns: record({
    runs: { type: 'array', items: ref('RecordedRun') },
    next: { ...orNull(text), description: 'To pass as `before` for the runs that follow' },
  }),
  Folder: record({
    folder: text,
    entries: {
      type: 'array',
      items: record(
        { name: text, path: text, type: { enum: ['directory', 'notebook'] } },
        { isWarm: { ...yes, description: 'A warm kernel is ready for this notebook' } },
      ),
    },
    isCut: { ...yes, description: 'There are more entries than are listed' },
  }),
  Parameters: record({
    notebook: text,
    parameters: orNull({
      type: 'array',
      items: record({ name: text, type: orNull(text), default: text, help: text }),
    }),
    markdown: {
      type: 'array',
      items: record({ index: count, source: text, attachments: anyObject }),
      description: 'The Markdown cells, by their index among all cells',
    },
    language: { ...orNull(text), description: 'The language of its code' },
  }),
}
