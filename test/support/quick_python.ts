/**
 * The first line of a Python program that imports jsonschema, as Jupyter Server, nbclient and
 * nbformat do. It takes optional packages as missing that jsonschema checks some formats with, which
 * no schema of Jupyter's has: "iri" (whose import computes a grammar for 3 s of CPU), "uri" and
 * "duration".
 */
export const withoutFormats =
  "import sys; sys.modules.update(dict.fromkeys(('rfc3987_syntax', 'rfc3986_validator', 'isoduration')))"
