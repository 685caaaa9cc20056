/** Kea: `reservations` of `Dhcp4`, in subnets, shared networks or for all. */
import type { MapTree, Tree } from '../../system/yaml-tree.ts';
import type { Harvest } from './harvest.ts';
import { readJsonTree } from './json-tree.ts';
import type { Source } from './source.ts';
import { child, listAt, textAt } from './trees.ts';
import { shown } from './words.ts';

/** @throws SlipwayError `import/syntax`; mistakes in values go to the harvest */
export function readKea(source: Source, harvest: Harvest): void {
  const root = readJsonTree('kea', source);
  visit(child(root, 'Dhcp4') ?? root, source.file, harvest);
  if (child(root, 'Dhcp6')) harvest.leave('Dhcp6', undefined, 'nodes boot by IPv4');
}

/** Depth is bounded by the reader. */
function visit(tree: Tree, file: string, harvest: Harvest): void {
  if (tree.kind !== 'map') return;
  for (const [key, { value }] of tree.entries)
    if (value.kind === 'list' && ['subnet4', 'shared-networks'].includes(key))
      for (const item of value.items) visit(item, file, harvest);
    else if (value.kind === 'list' && key === 'reservations')
      for (const item of value.items) {
        if (harvest.full) return;
        if (item.kind === 'map') readReservation(item, file, harvest);
        else
          harvest.syntax('kea', 'a reservation must be a map', {
            file,
            line: item.line,
            column: item.column,
          });
      }
    else harvest.leave(shown(key), undefined, 'only reservations are read');
}

function readReservation(map: MapTree, file: string, harvest: Harvest): void {
  const name = child(map, 'hostname');
  if (name?.kind !== 'text' || !name.text)
    return harvest.leave('reservation without hostname', undefined, 'a node needs a name');
  const draft = harvest.node(name.text, file, name, { merge: true });
  if (!draft) return;
  for (const [key, { value }] of map.entries) {
    if (key === 'hostname') continue;
    if (key === 'hw-address') draft.mac(textAt(draft, value, key) ?? '', value, key);
    else if (key === 'ip-address') draft.address(textAt(draft, value, key) ?? '', value, key);
    else if (key === 'client-classes')
      for (const { text, at } of listAt(draft, value, key)) draft.group(text, at);
    else draft.leave(shown(key));
  }
}
