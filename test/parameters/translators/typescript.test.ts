import { typescript } from '../../../src/parameters/translators/typescript.ts'
import { map, testTranslator } from './translator_cases.ts'

testTranslator(typescript, {
  heading: '// Parameters',
  values: [
    ['foo', '"foo"'],
    ['{"foo": "bar"}', '"{\\"foo\\": \\"bar\\"}"'],
    [map({ foo: ['bar'] }), '{"foo": ["bar"]}'],
    [map({ ['__proto__']: 1n }), '{["__proto__"]: 1}'],
    [9007199254740991n, '9007199254740991'],
    [9007199254740993n, '9007199254740993n'],
    [-9007199254740993n, '-9007199254740993n'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
    [true, 'true'],
    [false, 'false'],
    [null, 'null'],
    ['é`${x}\n\u2028\0', '"é`${x}\\n\\u2028\\u0000"'],
  ],
  statements: [['bar', 'let foo = "bar"']],
  names: ['foo', '$foo', '_', 'größe'],
  noNames: ['let', 'class', 'NaN', 'a.b', 'null'],
})
