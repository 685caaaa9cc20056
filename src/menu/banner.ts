/** What the menu opens with. ASCII, 40 columns: it stands on any terminal. */
import type { Style } from '../cli/render/style.ts';

const ART = String.raw`
     ____  _ _
    / ___|| (_)_ ____      ____ _ _   _
    \___ \| | | '_ \ \ /\ / / _' | | | |
     ___) | | | |_) \ V  V / (_| | |_| |
    |____/|_|_| .__/ \_/\_/ \__,_|\__, |
   ~~~~~~~~~~~|_|~~~~~~~~~~~~~~~~~|___/~~
`;

export function banner(style: Style, version: string): string {
  const art = ART.split('\n')
    .map((line) => style.blue(line))
    .join('\n');
  return `${art}\n       Entering Slipway diskless manager ${style.dim(version)}\n`;
}
