import { inFunction } from '../ours.ts'
import type { BenchNotebook, Place } from '../place.ts'
import type { Row } from '../row.ts'

interface Growth {
  readonly name: string
  /** The smaller count; the other is ten times as many. */
  readonly count: number
  readonly what: string
  readonly rounds: number
  readonly warmUps: number
  /** The notebook with `count` of them, and the arguments beside its path. */
  readonly make: (place: Place, count: number) => Promise<GrownWork>
}

interface GrownWork {
  readonly notebook: BenchNotebook
  readonly args?: readonly string[]
}

/** Ten times the work must not take much more than ten times as long, nor as much of our CPU. */
function growthRow({ name, count, what, rounds, warmUps, make }: Growth): Row {
  const label = (times: number) => `${(count * times).toLocaleString('en')} ${what}`
  const of = label(10)
  const over = label(1)
  return {
    name,
    work: `${of}, against ${over}`,
    rounds,
    warmUps,
    bars: [
      { measure: 'seconds', of, over, atMost: 12 },
      { measure: 'cpuSeconds', of, over, atMost: 12 },
    ],
    contenders: async (place, divisor) => {
      const contender = async (times: number) => {
        const { notebook, args = [] } = await make(place, (count * times) / divisor)
        const run = () => inFunction(place, [notebook.path, ...args, '--timeout', '500'])
        return { name: label(times), run }
      }
      return [await contender(1), await contender(10)]
    },
  }
}

export const manyCells = growthRow({
  name: 'many-cells',
  count: 1_000,
  what: 'cells',
  rounds: 1,
  warmUps: 0,
  make: async (place, count) => {
    const cells = Array.from({ length: count }, (_, index) => `x = ${index}`)
    return { notebook: await place.notebook(`cells-${count}`, cells) }
  },
})

const perCell = 10

export const manyDisplays = growthRow({
  name: 'many-displays',
  count: 100,
  what: 'displays, each updated from another cell',
  rounds: 3,
  warmUps: 1,
  make: async (place, count) => {
    const cells = Array.from({ length: count / perCell }, (_, index) => {
      return `for n in range(${perCell}): display(n, display_id=f"${index} {n}")`
    })
    const updates = cells.map((cell) => cell.replace('display_id=', 'update=True, display_id='))
    return { notebook: await place.notebook(`displays-${count}`, [...cells, ...updates]) }
  },
})

export const manyParameters = growthRow({
  name: 'many-parameters',
  count: 500,
  what: 'parameters',
  rounds: 3,
  warmUps: 1,
  make: async (place, count) => {
    const names = Array.from({ length: count }, (_, index) => `parameter_${index}`)
    const defaults = names.map((name) => `${name} = 0`).join('\n')
    const values = JSON.stringify(Object.fromEntries(names.map((name, index) => [name, index])))
    const cells = [defaults, names.at(-1) ?? '']
    const notebook = await place.notebook(`parameters-${count}`, cells, ['parameters'])
    return { notebook, args: ['-y', `'${values}'`] }
  },
})
