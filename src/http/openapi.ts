/** The description of the HTTP function, made from the tables of options and errors. */
export function openapi(): object {
  return { openapi: '3.1.0', info: { title: 'nbtrigger-http', version: '1' }, paths: {} }
}
