import { ConfigSchema } from '../../system/config.ts';
import { code, heading, paragraph, type Block } from './document.ts';
import { jsonSchema, keys } from './schema.ts';

export function configurationReference(): Block[] {
  return [
    heading('Configuration'),
    paragraph(
      '`/etc/slipway/config.yml`, below `SLIPWAY_ROOT` if that is set. YAML 1.2. Every key may be left out; unknown keys are errors. A dot in a name below stands for a nested map:',
    ),
    code(
      'serve:',
      '  interface: eth1',
      'dhcp:',
      '  mode: full',
      '  range: 10.1.0.100,10.1.0.200,255.255.255.0,1h',
    ),
    keys(jsonSchema(ConfigSchema)),
  ];
}
