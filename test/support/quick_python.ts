/**
 * The first line of a Python program that imports jsonschema, as Jupyter Server, nbclient and
 * nbformat do. It takes the optional package rfc3987_syntax as missing, whose import computes a
 * grammar for 3 s of CPU; only the formats "iri" and "iri-reference" need it, and Jupyter's own
 * schemas have neither.
 */
export const withoutIriGrammar = "import sys; sys.modules['rfc3987_syntax'] = None"
