/*
 * What is used of highlight.js. The types of the package bring those of browsers along, which code for
 * Node must not see: tsconfig.json has this file in their place.
 */

declare module 'highlight.js' {
  interface Highlighter {
    registerLanguage(name: string, grammar: Grammar): void
    getLanguage(name: string): object | undefined
    highlight(
      code: string,
      options: { readonly language: string; readonly ignoreIllegals: boolean },
    ): { readonly value: string }
  }
  type Grammar = (highlighter: Highlighter) => object
  const highlighter: Highlighter
  export { type Grammar, highlighter as default }
}

declare module 'highlight.js/lib/core' {
  export { default } from 'highlight.js'
}

declare module 'highlight.js/lib/languages/*' {
  const grammar: import('highlight.js').Grammar
  export default grammar
}
