import { describe, expect, test } from '@jest/globals'
import { parseArgv } from '../../src/request/argv.ts'
import { readPosted, readRun } from '../../src/request/json_request.ts'
import { splitWords } from '../../src/request/shell_words.ts'
import { commandLine } from '../../src/run/command_line.ts'

describe('commandLine()', () => {
  test.each([
    { name: 'a host and a notebook', args: 'host:8888 /a.ipynb' },
    { name: 'flags and values', args: 'h /a.ipynb --use-https --timeout 60 --base-url /user/ann' },
    {
      name: 'options that are given several times',
      args: `h /a.ipynb -p n -5 -p "it's" 'a b' -r s "" --secret KEY API_KEY -o /x.ipynb -o gs://b/y.html -y '{a: [1]}'`,
    },
  ])('is read as the same options again: $name', ({ args }) => {
    const options = parseArgv(splitWords(args))
    const [program, ...again] = splitWords(commandLine(options, {}) ?? '')
    expect(program).toBe('nbtrigger')
    expect(parseArgv(again)).toEqual(options)
  })

  test('names the server and the notebook of the environment', () => {
    const env = { JUPYTER_SERVER: 'host:1', JUPYTER_NOTEBOOK: '/set.ipynb' }
    expect(commandLine(parseArgv([]), env)).toBe('nbtrigger host:1 /set.ipynb')
  })

  test('is none for a notebook that came with its request', () => {
    const text = '{"notebookContent": {"cells": []}}'
    expect(commandLine(readPosted({ type: 'json', text }), { JUPYTER_SERVER: 'h' })).toBeNull()
  })

  test('gives parameters of JSON their types', () => {
    const text = '{"parameters": {"n": 5, "s": "5", "l": [1, "a"], "b": true}}'
    const body = { type: 'json', text } as const
    const options = readRun({ notebook: '/x.ipynb', query: new URLSearchParams(), body })
    expect(commandLine(options, { JUPYTER_SERVER: 'h' })).toBe(
      `nbtrigger h /x.ipynb --parameter n 5 --raw s 5 --yaml '{"l": [1, "a"]}' --parameter b True`,
    )
  })
})
