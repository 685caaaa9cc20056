/** equipment_profiles/PROFILE.ipxe: what nodes of one kind share. */
import { join } from 'node:path';
import type { Harvest } from '../node/import/harvest.ts';
import { entriesOf, textOf } from './files.ts';
import { presetProblem } from './free-names.ts';
import { variablesOf } from './ipxe-file.ts';
import type { Leavings } from './left.ts';
import { writeVariable } from './kernel-words.ts';

/** Of their variables these are kernel arguments; the others are for the installer. */
const TAKEN = ['eq-console', 'eq-kernel-parameters'] as const;

export async function readProfiles(directory: string, harvest: Harvest, left: Leavings): Promise<void> {
  for (const { name, kind } of (await entriesOf(directory)) ?? []) {
    if (!name.endsWith('.ipxe')) continue;
    const [profile, file] = [name.slice(0, -'.ipxe'.length), join(directory, name)];
    const read = kind === 'link' ? { reason: 'it is a symbolic link' } : await textOf(file);
    const problem = 'reason' in read ? read.reason : presetProblem(harvest, 'profile', profile);
    if (problem !== undefined) left.leave('equipment profile', profile, problem);
    if (problem !== undefined || 'reason' in read) continue;
    const draft = harvest.preset('profile', profile, file, { line: 1, column: 1 });
    if (!draft) continue;
    const variables = variablesOf(read.text);
    for (const variable of TAKEN) {
      const found = variables.get(variable);
      if (found) writeVariable(draft, variable, found);
    }
  }
}
