import { describe, expect, test } from '@jest/globals'
import type { Finding } from '../../src/finding.ts'
import { diagnosisText, findingLine } from '../../src/report/finding_text.ts'

const name: Finding = { check: 'name', verdict: 'good', what: 'x is 10.0.0.1', advice: null }
const answer: Finding = { check: 'answer', verdict: 'good', what: 'it answered', advice: null }
const version: Finding = { check: 'version', verdict: 'warning', what: 'is old', advice: 'update' }
const token: Finding = { check: 'token', verdict: 'bad', what: 'is refused', advice: 'set it' }
const notebook: Finding = { check: 'notebook', verdict: 'skipped', what: 'because', advice: null }

describe('findingLine()', () => {
  test('is one line, with what to do', () => {
    expect(findingLine(name)).toBe('name        good     x is 10.0.0.1')
    expect(findingLine({ ...token, what: 'is\n\u001b[31mrefused' })).toBe(
      'token       bad      is refused; set it',
    )
  })
})

describe('diagnosisText()', () => {
  test('says where it breaks, and what is good before', () => {
    expect(diagnosisText([name, answer, version, token, notebook])).toBe(
      'Diagnosis: name, answer: good. version: is old; update. token: is refused; set it',
    )
    expect(diagnosisText([token])).toBe('Diagnosis: token: is refused; set it')
  })

  test('says that it may have passed when nothing is bad', () => {
    expect(diagnosisText([name, answer])).toBe(
      'Diagnosis: name, answer: good. nothing is bad any more',
    )
  })
})
