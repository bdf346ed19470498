import type { FakeMessage, Fields } from './fake_frame.ts'

/** What a fake kernel offers to the code that answers one request. */
export interface ReplyingKernel {
  executionCount: number
  readonly session: string
  say(message: Omit<FakeMessage, 'session'> & { readonly session?: string }): void
  send(frame: string | Buffer): void
  lose(how: 'FIN' | 'RST' | number): void
  nextInterrupt(): Promise<void>
}

const keyboardInterrupt = { ename: 'KeyboardInterrupt', evalue: '', traceback: ['interrupted'] }

/** Answers one request of a fake kernel: a whole regular answer by one call, or message by message. */
export class FakeAnswer {
  readonly kernel: ReplyingKernel
  readonly parent: Fields
  readonly content: Fields

  constructor(kernel: ReplyingKernel, parent: Fields, content: Fields) {
    this.kernel = kernel
    this.parent = parent
    this.content = content
  }

  say(type: string, content: Fields, parent: Fields = this.parent): void {
    this.kernel.say({ type, content, parent })
  }

  status(state: string, parent: Fields = this.parent): void {
    this.say('status', { execution_state: state }, parent)
  }

  /** Busy, and the code back. */
  start(): void {
    this.kernel.executionCount += 1
    this.status('busy')
    const execution_count = this.kernel.executionCount
    this.say('execute_input', { code: this.content['code'], execution_count })
  }

  stream(text: string, name = 'stdout'): void {
    this.say('stream', { name, text })
  }

  result(text: string): void {
    const execution_count = this.kernel.executionCount
    this.say('execute_result', { data: { 'text/plain': text }, metadata: {}, execution_count })
  }

  display(text: string, id: string | null = null, type = 'display_data'): void {
    const transient = id === null ? null : { display_id: id }
    this.say(type, { data: { 'text/plain': text }, metadata: {}, transient })
  }

  reply(content: Fields = {}): void {
    const execution_count = this.kernel.executionCount
    this.say('execute_reply', { status: 'ok', execution_count, payload: [], ...content })
  }

  replyError(ename: string, evalue: string): void {
    this.reply({ status: 'error', ename, evalue, traceback: [`${ename}: ${evalue}`] })
  }

  /** All messages of a cell that succeeds. */
  ok(result?: string): void {
    this.start()
    if (result !== undefined) this.result(result)
    this.reply()
    this.status('idle')
  }

  /** All messages of a cell that raises an error. */
  raises(ename: string, evalue: string): void {
    this.start()
    this.say('error', { ename, evalue, traceback: [`${ename}: ${evalue}`] })
    this.replyError(ename, evalue)
    this.status('idle')
  }

  /** Runs until it is interrupted. */
  async sleeps(): Promise<void> {
    this.start()
    await this.kernel.nextInterrupt()
    this.say('error', keyboardInterrupt)
    this.reply({ status: 'error', ...keyboardInterrupt })
    this.status('idle')
  }
}
