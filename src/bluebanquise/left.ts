import { shown } from '../node/import/words.ts';

/** Something that is not taken over, or not as it was. */
export interface Left {
  what: string;
  reason: string;
}

/** Collects them; foreign names are quoted where they need it. */
export class Leavings {
  readonly all: Left[] = [];

  /** @param name of a file, an image, a kernel: foreign text @param reason why, in words of ours */
  leave(kind: string, name: string, reason: string): void {
    this.all.push({ what: `${kind} ${shown(name)}`, reason });
  }
}
