/*
 * The scripts of pages besides the libraries. Pages name their scripts by hashes, so that each of these
 * is one constant text.
 */

/**
 * Resizes the frames in a page as they ask, within limits, and listens to nothing else. Gives frames
 * that draw with libraries of the page these libraries.
 */
export const frameScript = `addEventListener('message',({source,data})=>{
const height=data?.height
if(!Number.isFinite(height)||height<0)return
for(const frame of document.querySelectorAll('iframe'))
if(frame.contentWindow===source)frame.style.height=Math.min(height+8,4000)+'px'})
addEventListener('DOMContentLoaded',()=>{
for(const frame of document.querySelectorAll('iframe[data-html]')){
const names=frame.dataset.libraries.split(' ')
const texts=names.map((name)=>document.querySelector('script[data-library='+name+']').textContent)
const scripts=texts.map((text)=>'<script>'+text+'<\\/script>').join('')
frame.srcdoc='<!doctype html><meta charset="utf-8">'+scripts+frame.dataset.html}})`

/**
 * Tells the page around a frame the height of what is in it, and nothing else. A document that is as
 * high as its frame, as with `height: 100%`, only tells when it needs more. Whether it is may not be known
 * when it is loaded: a frame in a process of its own gets its size later.
 */
export const heightScript = `if(parent!==window){
const root=document.documentElement
const own=()=>root.getBoundingClientRect().height
const isFilling=()=>Math.abs(own()-innerHeight)<1
const tell=()=>{
const height=isFilling()?Math.max(root.scrollHeight,document.body?.scrollHeight??0):Math.ceil(own())
if(height>innerHeight||!isFilling())parent.postMessage({height},'*')}
new ResizeObserver(tell).observe(root)
addEventListener('load',()=>{
tell()
const changed=()=>{if(isFilling())tell()}
new MutationObserver(changed).observe(document.body,{childList:true,subtree:true})})}`

/**
 * For an output in a frame of its own, before its HTML: says in words what the page's policy keeps it
 * from loading, and lets it go on as if it had loaded the libraries that the page gives it. Its element
 * has \`data-replaced\` and \`data-absent\` (JSON) of \`HtmlSources\`.
 */
export const outputScript = `(({replaced,absent})=>{
const isReplaced=(address)=>replaced!==''&&new RegExp(replaced,'i').test(address)
if(replaced!==''){
const {get,set}=Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype,'src')
Object.defineProperty(HTMLScriptElement.prototype,'src',{get,set(address){
if(isReplaced(address))setTimeout(()=>this.dispatchEvent(new Event('load')))
else set.call(this,address)}})
const modules={plotly:globalThis.Plotly,'vega-embed':globalThis.vegaEmbed}
const require=(names,done)=>done?.(...names.map((name)=>modules[name]))
globalThis.require=globalThis.requirejs=Object.assign(require,{config(){},undef(){}})}
const said=new Set(JSON.parse(absent))
addEventListener('securitypolicyviolation',({effectiveDirective,blockedURI})=>{
if(!/^(?:script|frame)-src/.test(effectiveDirective)||!/^https?:/.test(blockedURI))return
const {host}=new URL(blockedURI)
if(isReplaced(blockedURI)||said.has(host))return
said.add(host)
const note=document.createElement('p')
note.className='missing'
note.textContent='This page cannot show text/html that loads '+host+' here; JupyterLab can.'
document.documentElement.append(note)})
})(document.currentScript.dataset)`

/** A script as the text of an element, which must not hold the end of it. */
export function elementScript(script: string): string {
  return script.trim().replaceAll(/<\/(script)/gi, '<\\/$1')
}
