/*
 * The scripts of pages besides the libraries. Pages and frames name their scripts by hashes, so that
 * each of these is one constant text.
 */

/** Resizes the frames in a page as they ask, within limits; listens to nothing else. */
export const frameScript = `addEventListener('message',({source,data})=>{
const height=data?.height
if(!Number.isFinite(height)||height<0)return
for(const frame of document.querySelectorAll('iframe'))
if(frame.contentWindow===source)frame.style.height=Math.min(height+8,4000)+'px'})`

/** Tells the page around a frame the frame's height, and nothing else. */
export const heightScript = `if(parent!==window){
const root=document.documentElement
const tell=()=>parent.postMessage({height:Math.ceil(root.getBoundingClientRect().height)},'*')
new ResizeObserver(tell).observe(root);addEventListener('load',tell)}`

/**
 * Lets the libraries in a frame write HTML where the page around it asks for Trusted Types. Scripts
 * from text stay forbidden.
 */
export const trustedTypesScript = `globalThis.trustedTypes?.createPolicy('default',{createHTML:(text)=>text})`

/** A script as the text of an element, which must not hold the end of it. */
export function elementScript(script: string): string {
  return script.trim().replaceAll(/<\/(script)/gi, '<\\/$1')
}

/** All of them. */
export const ownScripts: readonly string[] = [frameScript, heightScript, trustedTypesScript]
