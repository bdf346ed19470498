import { describe, expect, test } from '@jest/globals'
import { RunOutputs } from '../../src/execution/outputs.ts'
import type { KernelMessage } from '../../src/jupyter/messages.ts'
import {
  binaryMessageOf,
  clear,
  comm,
  display,
  outputModel,
  print,
  textData,
  update,
} from '../support/messages.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'

const opened = (id = 'w') => comm('comm_open', id, outputModel)
const captured = (request: string, id = 'w') => comm('comm_msg', id, { msg_id: request })
const stateType = 'application/vnd.jupyter.widget-state+json'

function play(...messages: readonly KernelMessage[]) {
  const outputs = new RunOutputs(64, createRedactor([]))
  const cells = [0, 1].map((index) => outputs.start({ index, id: null, source: '' }, `r-${index}`))
  for (const message of messages) outputs.add(message)
  return { outputs, cell: cells[0]?.outputs.all, other: cells[1]?.outputs.all }
}

function statesOf(outputs: RunOutputs) {
  return JSON.parse(JSON.stringify(outputs.widgets()))?.[stateType]?.state
}

const stream = (text: string) => ({ output_type: 'stream', name: 'stdout', text })

describe('an Output widget', () => {
  test('captures the outputs of its request while it is told to', () => {
    const { outputs, cell } = play(
      opened(),
      print('before\n'),
      captured('r-0'),
      print('a'),
      print('b'),
      display('c'),
      captured(''),
      print('after\n'),
    )
    expect(cell).toEqual([stream('before\nafter\n')])
    const taken = [stream('ab'), { output_type: 'display_data', data: textData('c'), metadata: {} }]
    expect(outputs.widgetChanges()).toEqual([{ commId: 'w', outputs: taken }])
    expect(statesOf(outputs).w.state).toMatchObject({ msg_id: '', outputs: taken })
  })

  test('captures only the outputs of its request', () => {
    const { cell, other } = play(opened(), captured('r-1'), print('a'), print('b', 'stdout', 'r-1'))
    expect(cell).toEqual([stream('a')])
    expect(other).toEqual([])
  })

  test('yields to a nested Output widget', () => {
    const { outputs, cell } = play(
      opened('a'),
      opened('b'),
      captured('r-0', 'a'),
      print('1'),
      captured('r-0', 'b'),
      print('2'),
      captured('', 'b'),
      print('3'),
      captured('', 'a'),
      print('4'),
    )
    expect(cell).toEqual([stream('4')])
    const states = statesOf(outputs)
    expect(states.a.state.outputs).toEqual([stream('13')])
    expect(states.b.state.outputs).toEqual([stream('2')])
  })

  test('is cleared instead of the cell, at once or before its next output', () => {
    const now = play(opened(), print('x'), captured('r-0'), print('a'), clear(false), captured(''))
    expect(now.cell).toEqual([stream('x')])
    expect(now.outputs.widgetChanges()).toEqual([{ commId: 'w', outputs: [] }])
    const later = play(opened(), captured('r-0'), print('a'), clear(true), print('b'))
    expect(later.outputs.widgetChanges()).toEqual([{ commId: 'w', outputs: [stream('b')] }])
  })

  test('starts with the outputs of its initial state, and replaces them when the kernel sets them', () => {
    const given = comm('comm_open', 'w', { ...outputModel, outputs: [stream('given')] })
    const { outputs } = play(given, captured('r-0'), print(' more'))
    expect(statesOf(outputs).w.state.outputs).toEqual([stream('given more')])
    outputs.add(comm('comm_msg', 'w', { outputs: [stream('set'), 'odd', { output_type: 'x' }] }))
    expect(statesOf(outputs).w.state.outputs).toEqual([stream('set')])
  })

  test('reports each change once, except those that the kernel made', () => {
    const { outputs } = play(opened(), captured('r-0'), print('a'))
    expect(outputs.widgetChanges()).toHaveLength(1)
    expect(outputs.widgetChanges()).toEqual([])
    outputs.add(comm('comm_msg', 'w', { outputs: [] }))
    expect(outputs.widgetChanges()).toEqual([])
  })

  test('updates displays in cells, but is not updated itself', () => {
    const { outputs, cell } = play(
      opened(),
      display('1', 'd'),
      captured('r-0'),
      display('2', 'd'),
      update('3', 'd'),
    )
    expect(cell).toMatchObject([{ data: textData('3') }])
    expect(statesOf(outputs).w.state.outputs).toMatchObject([{ data: textData('2') }])
  })

  test.each([
    { name: 'another target', content: { target_name: 'other', data: { state: outputModel } } },
    {
      name: 'another model',
      content: { target_name: 'jupyter.widget', data: { state: { _model_name: 'Int' } } },
    },
  ])('is ignored with $name', ({ content }) => {
    const frame = binaryMessageOf('comm_open', { comm_id: 'w', ...content }, [])
    expect(play(frame, captured('r-0'), print('a')).cell).toEqual([stream('a')])
  })
})

describe('widgets()', () => {
  const model = { _model_name: 'IntModel', _model_module: 'm', _model_module_version: '2.0' }

  test('widgets() returns null without widgets', () => {
    expect(play(print('a')).outputs.widgets()).toBeNull()
  })

  test('widgets() returns the last state of each model', () => {
    const { outputs } = play(
      comm('comm_open', 'a', { ...model, value: 1, max: 9 }),
      comm('comm_msg', 'a', { value: 2 }),
      comm('comm_open', 'no-model', { value: 1 }),
      comm('comm_open', 'theirs', model, 'of-somebody-else'),
    )
    expect(outputs.widgets()).toEqual({
      [stateType]: {
        state: {
          a: {
            model_name: 'IntModel',
            model_module: 'm',
            model_module_version: '2.0',
            state: { ...model, value: 2, max: 9 },
          },
        },
        version_major: 2,
        version_minor: 0,
      },
    })
  })

  test('widgets() returns the last bytes at each path of the state', () => {
    const data = { state: model, buffer_paths: [['value'], ['list', 0]] }
    const later = { state: {}, buffer_paths: [['value']] }
    const { outputs } = play(
      binaryMessageOf('comm_open', { comm_id: 'a', data }, [Buffer.from('1'), Buffer.from('2')]),
      binaryMessageOf('comm_msg', { comm_id: 'a', data: later }, [Buffer.from('3')]),
    )
    expect(statesOf(outputs).a.buffers).toEqual([
      { data: 'Mw==', encoding: 'base64', path: ['value'] },
      { data: 'Mg==', encoding: 'base64', path: ['list', 0] },
    ])
  })
})
