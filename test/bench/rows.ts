import type { Row } from './row.ts'
import { coldStart } from './rows/cold_start.ts'
import { gigabyte } from './rows/gigabyte.ts'
import { manyCells, manyDisplays, manyParameters } from './rows/growth.ts'
import { httpLoad } from './rows/http_load.ts'
import { largeDisplay, printedLines } from './rows/large_output.ts'
import { masking } from './rows/masking.ts'
import { referenceCommand } from './rows/reference_command.ts'
import { referenceFunction } from './rows/reference_function.ts'
import { sideBySide } from './rows/side_by_side.ts'
import { warmLoad, warmModel, warmReference } from './rows/warm.ts'
import { trivialCells } from './rows/trivial_cells.ts'

/** Everything that is measured, in the order of the table; one more is a file and a line here. */
export const rows: readonly Row[] = [
  trivialCells,
  referenceCommand,
  referenceFunction,
  coldStart,
  printedLines,
  largeDisplay,
  gigabyte,
  sideBySide,
  httpLoad,
  warmReference,
  warmModel,
  warmLoad,
  manyCells,
  manyDisplays,
  manyParameters,
  masking,
]
