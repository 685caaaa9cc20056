/** Who is told what the boot server does: the flight recorder (src/recorder). Nothing here may throw or wait. */
import type { Boot } from '../modes/mode.ts';
import type { Session } from './session.ts';

export interface Seen {
  stage: string;
  /** Milliseconds since 1970. */
  at: number;
  detail?: string;
}

export interface BootObserver {
  /** What was seen of a machine since its last boot and before it asks for its script, oldest first. */
  before(mac: string): Seen[];
  opened(session: Session, loaded: Pick<Boot, 'kernel' | 'initramfs'>): void;
  /** A machine got a script that boots no image. */
  refused(mac: string, reason: string): void;
  /** A session reached a stage, as the database has it by now. */
  reached(session: Session, stage: string, fields?: { uptime?: number }): void;
}

/** For servers without a recorder. */
export const unobserved: BootObserver = {
  before: () => [],
  opened: () => {},
  refused: () => {},
  reached: () => {},
};
