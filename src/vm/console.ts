/**
 * Reads a machine's serial console as it comes: strips what only a terminal
 * understands, keeps the last lines, and notices what decides a boot test, so
 * that no failure costs the whole time limit. Memory is bounded whatever the
 * guest prints.
 */
import { StringDecoder } from 'node:string_decoder';

/** What a line of the console told. `final`: this boot cannot succeed any more. */
export interface Finding {
  kind: 'trap' | 'ready' | 'panic' | 'emergency' | 'no-boot-device' | 'ipxe';
  final: boolean;
  /** The trap's code or iPXE's error number, else empty. */
  code: string;
  /** The line without its prefix. */
  message: string;
}

interface Rule {
  kind: Finding['kind'];
  final: boolean;
  /** Groups `code` and `message` are optional; without the latter it is what stands before. Linear: guests print what they like. */
  pattern: RegExp;
}

const RULES: readonly Rule[] = [
  { kind: 'trap', final: true, pattern: /slipway: trap: (?<code>[a-z][a-z-]*)(?: (?<message>.*))?$/ },
  { kind: 'ready', final: false, pattern: /slipway: ready\b(?<message>.*)$/ },
  { kind: 'panic', final: true, pattern: /(?<message>Kernel panic - not syncing.*|end Kernel panic.*)$/ },
  // systemd's emergency and rescue modes, dracut's shell, initramfs-tools' shell.
  {
    kind: 'emergency',
    final: true,
    pattern:
      /(?<message>Entering emergency mode|You are in (?:emergency|rescue) mode|dracut-emergency.*Emergency Shell|Dropping to a shell).*/i,
  },
  // SeaBIOS; OVMF; OVMF's shell, which it starts when nothing booted.
  {
    kind: 'no-boot-device',
    final: true,
    pattern:
      /(?<message>No bootable device|BdsDxe: No bootable option or device was found|UEFI Interactive Shell).*/,
  },
  // iPXE's errors end in a link; the firmware may try again, or its script may go on.
  { kind: 'ipxe', final: false, pattern: / \(https?:\/\/ipxe\.org\/(?<code>[0-9a-f]{8})\)/ },
];

/** Characters kept of one line, and lines kept of a console. */
const MAX_LINE = 2000;
const KEPT_LINES = 60;

export class ConsoleWatcher {
  readonly #onFinding: (finding: Finding) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #kept: string[] = [];
  #line = '';
  #returned = false;
  #escape = '';

  constructor(onFinding: (finding: Finding) => void = () => {}) {
    this.#onFinding = onFinding;
  }

  /** Takes the next bytes, cut anywhere. */
  feed(chunk: Uint8Array): void {
    for (const character of this.#decoder.write(chunk)) this.#take(character);
  }

  /** The console is closed: its last line may have no end. */
  end(): void {
    for (const character of this.#decoder.end()) this.#take(character);
    this.#endLine();
  }

  /** The last lines, oldest first; blank lines are left out. */
  lines(): string[] {
    return [...this.#kept, ...(this.#line.trim() ? [this.#line.trimEnd()] : [])];
  }

  #take(character: string): void {
    if (this.#escape) this.#takeEscape(character);
    else if (character === '\x1b') this.#escape = character;
    else if (character === '\n') this.#endLine();
    else if (character === '\r') this.#returned = true;
    else if (character >= ' ' || character === '\t') {
      // What stood before a lone carriage return is overwritten: progress, not history.
      if (this.#returned) this.#examine();
      if (this.#returned) this.#line = '';
      this.#returned = false;
      this.#line += character;
      if (this.#line.length >= MAX_LINE) this.#endLine();
    }
  }

  /** ECMA-48: CSI `ESC [ … final`, OSC `ESC ] … BEL` or `ESC \`, others `ESC intermediate… final`. */
  #takeEscape(character: string): void {
    const kind = this.#escape[1];
    if (kind === undefined) {
      this.#escape = /[[\]P^_ -/]/.test(character) ? `\x1b${character}` : '';
    } else if (kind === '[') {
      if (character < '@' || character > '~') return;
      this.#escape = '';
      // Cursor positioning: firmware draws its screens so, without line ends.
      if (character === 'H' || character === 'f') this.#endLine();
    } else if (/[\]P^_]/.test(kind)) {
      // A string that never ends may not swallow the console: no line end is part of one.
      if (character === '\x07' || character === '\n') this.#escape = '';
      else if (character === '\x1b') this.#escape = '\x1b';
    } else if (character >= '0') this.#escape = '';
  }

  #endLine(): void {
    this.#examine();
    const text = this.#line.trimEnd();
    if (text) this.#kept.push(text);
    if (this.#kept.length > KEPT_LINES) this.#kept.shift();
    this.#line = '';
    this.#returned = false;
  }

  #examine(): void {
    for (const rule of RULES) {
      const match = rule.pattern.exec(this.#line);
      if (!match) continue;
      const { code = '', message = this.#line.slice(0, match.index) } = match.groups ?? {};
      this.#onFinding({ kind: rule.kind, final: rule.final, code, message: message.trim() });
      return;
    }
  }
}
