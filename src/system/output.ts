/** What a program prints: whole, line by line, and its end for an error. */
import { StringDecoder } from 'node:string_decoder';
import type { Sink } from './events.ts';
import type { LogFile } from './logfile.ts';

/** Lines kept for an error. */
const TAIL_LINES = 40;
const LIMIT = 64 << 20;

export interface OutputOptions {
  /** Gets all output, unshortened. */
  log?: LogFile;
  /** Gets each line as an `output` event of task `id`. */
  sink?: Sink;
  id?: string;
  /** Called with each line of standard output as it comes. */
  onLine?: (line: string) => void;
  /** Most bytes of output to keep. Default 64 MiB; more is an error. 0: none is kept, and any is fine. */
  maxOutput?: number;
}

type Stream = 'stdout' | 'stderr';

export class Output {
  readonly kept: Record<Stream, string> = { stdout: '', stderr: '' };
  readonly #options: OutputOptions;
  readonly #limit: number;
  readonly #tail: string[] = [];
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  /** Of a line that has not ended. */
  readonly #rest: Record<Stream, string> = { stdout: '', stderr: '' };
  #overflow = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#limit = options.maxOutput ?? LIMIT;
  }

  feed(stream: Stream, chunk: Buffer): void {
    const text = this.#decoders[stream].write(chunk);
    this.#options.log?.write(text);
    if (this.kept.stdout.length + this.kept.stderr.length + text.length > this.#limit) this.#overflow = true;
    else this.kept[stream] += text;
    const lines = (this.#rest[stream] + text).split(/\r?\n|\r/);
    this.#rest[stream] = lines.pop() ?? '';
    for (const one of lines) this.#line(stream, one);
  }

  /** A last line may have no end. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const)
      if (this.#rest[stream]) this.#line(stream, this.#rest[stream]);
  }

  /** The last lines of both. */
  tail(): string {
    return this.#tail.join('\n');
  }

  /** There was more than was to be kept. */
  tooLong(): boolean {
    return this.#overflow && this.#limit > 0;
  }

  #line(stream: Stream, text: string): void {
    const { sink, id, onLine } = this.#options;
    this.#tail.push(text);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    if (stream === 'stdout') onLine?.(text);
    if (sink && id) sink({ event: 'output', id, line: text });
  }
}
