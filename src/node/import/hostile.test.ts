/** Whatever stands in a source: an error of ours, or documents that the registry takes. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mistakes, notices, reading } from '../../../test/support/importing.ts';
import { SlipwayError } from '../../system/errors.ts';
import { checkDocument } from '../check.ts';
import { FORMATS } from './formats.ts';
import { readSources, type Reading } from './read.ts';
import { sourceOf } from './source.ts';
import { splitHostName, splitKernelArguments } from './words.ts';

function harmless(read: Reading): void {
  for (const kind of ['node', 'profile', 'group'] as const)
    for (const { name, document } of read[`${kind}s`])
      expect(checkDocument(kind, name, document)).toEqual(document);
}

/** Pieces that mean something to one of the formats, or to what is written of nodes later. */
const piece = fc.oneof(
  fc.constantFrom(
    'nodes:', 'nodeprofiles:', '\n', '\n  ', '\n    ', ': ', '- ', 'n1', 'N1', 'n1.a.b', '__proto__', 'constructor',
    'network devices', 'default', 'hwaddr', 'ipaddr', 'netmask', 'profiles', 'tags', 'kernel', 'args', 'ipmi', '&a ', '*a',
    '52:54:00:00:00:01', '10.0.0.1', '255.255.0.0', 'objtype=node', 'objtype=group', 'mac=', 'nicips.eth0=', 'groups=',
    'members=', 'dhcp-host=', 'set:', 'ignore', 'host ', '{', '}', ';', 'hardware ethernet ', 'fixed-address ', 'option ',
    'host-name ', '"', "'", '"reservations"', '"hostname"', '"hw-address"', '[', ']', ',', 'name', 'mac', 'ip', 'tag.x', '\t',
    '\r\n', '|', '!', '~', '=', '#', '$(id)', '`id`', '${net0/mac}', '||', '../..', '\u0000', '\u202e', '\ufeff', '{{ x }}',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
); // prettier-ignore
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

describe.each([...FORMATS, undefined])('format %s', (format) => {
  test('no text makes another error than ours, and what is read is harmless', () => {
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), (content, hosts) => {
        try {
          harmless(reading(content, { format, hosts }));
        } catch (error) {
          if (!(error instanceof SlipwayError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** A whole source around one value, so that most of them get past the reader. */
const AROUND: Record<string, (value: string) => string> = {
  warewulf: (value) => {
    const quoted = JSON.stringify(value);
    return `nodes:\n  n1:\n    comment: ${quoted}\n    image name: ${quoted}\n    kernel:\n      args: [${quoted}]\n    tags:\n      ${quoted}: ${quoted}\n    resources:\n      ${quoted}: ${quoted}\n    ipmi:\n      ipaddr: ${quoted}\n`;
  },
  xcat: (value) =>
    [
      'n1:',
      'objtype=node',
      ...['usercomment', 'addkcmdline', 'provmethod', 'rack', 'bmc', 'groups'].map(
        (key) => `${key}=${value}`,
      ),
    ].join('\n'),
  csv: (value) => {
    const quoted = `"${value.replaceAll('"', '""')}"`;
    return `name,comment,arguments,image,mode,group,profile,tag.x,var.y,bmc\nn1${`,${quoted}`.repeat(9)}\n`;
  },
};

test.each(Object.keys(AROUND))('values in %s cannot leave their place', (format) => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('a\nb', '$(reboot)', "';#", '"; reboot', '${net0}', '|| shell', 'a b', '!x', 'root=/dev/sda', '--', '\u001b[2J', '{{x}}'),
  ); // prettier-ignore
  fc.assert(
    fc.property(value, (one) => {
      try {
        harmless(reading(AROUND[format]?.(one) ?? '', { format: format as 'csv' }));
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

test('injections are refused or left behind, each with its reason', () => {
  const read = reading(AROUND['warewulf']?.('x; reboot #${net0/mac}\n$(id) "a b"') ?? '');
  const [node] = read.nodes;
  // Words without blanks are arguments like others: nothing that runs on the server reads them.
  expect(node?.document.arguments).toEqual(['x;', 'reboot', '$(id)']);
  expect(Object.keys(node?.document ?? {}).toSorted()).toEqual(['arguments', 'variables']);
  expect(notices(read)).toEqual(
    expect.arrayContaining([
      'kernel argument "#${net0/mac}": n1 (no boot loader can write it)',
      'kernel argument "a b": n1 (no boot loader can write it)',
      'bmc.address: n1 (it has not the right form)',
    ]),
  );
  expect(mistakes('nodes:\n  "n1; rm -rf /": {}\n  "../x": {}\n  "${net0}": {}\n')).toHaveLength(3);
});

test('binary files, UTF-16, NUL; a byte order mark and CRLF are nothing', () => {
  const code = (bytes: Buffer): string => {
    try {
      readSources([sourceOf('f', bytes)]);
    } catch (error) {
      const { code: name, where } = error as SlipwayError;
      return `${name} ${where?.line ?? ''}`.trim();
    }
    return 'read';
  };
  expect(code(Buffer.from('name,mac\nn1,\0'))).toBe('import/not-text');
  expect(code(Buffer.from('a\nb\n\xff\xfe', 'latin1'))).toBe('import/not-text 3');
  expect(code(Buffer.from('name,mac\n', 'utf16le'))).toBe('import/not-text');
  expect(code(Buffer.from('\ufeffname,mac\r\nn1,52:54:00:00:00:01\r\n'))).toBe('read');
  expect(code(Buffer.from(''))).toBe('import/format');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(code(Buffer.from(bytes))).toMatch(/^(import|yaml)\/|read/);
    }),
  );
});

test('mistakes beside secrets do not show them', () => {
  const sources = {
    xcat: 'n1:\n  objtype=node\n  bmcpassword hunter2\n',
    warewulf: 'nodes:\n  n1:\n    ipmi:\n      password: @hunter2\n',
    csv: 'name,mac,password\nn1,52:54:00:00:00:01,"hunter2\n',
  };
  for (const [format, text] of Object.entries(sources)) {
    let error: unknown;
    try {
      reading(text, { format: format as 'csv' });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SlipwayError);
    const { message, why, where } = error as SlipwayError;
    expect(JSON.stringify([message, why, where])).not.toContain('hunter2');
    if (format !== 'csv') expect(where?.excerpt?.text).toContain('not shown');
  }
});

test('kernel arguments are cut as the kernel does', () => {
  expect(splitKernelArguments('  a  b="c d" "e=f g" h="i"\tj=k"l m" n')).toEqual([
    'a', 'b=c d', 'e=f g', 'h=i', 'j=k"l m"', 'n',
  ]); // prettier-ignore
  expect(splitKernelArguments('a="open to the end')).toEqual(['a=open to the end']);
});

test('host names', () => {
  expect(splitHostName('N1.Lab.Example.')).toEqual({ name: 'n1', domain: 'lab.example' });
  expect(splitHostName('rack1.2')).toEqual({ name: 'rack1.2' });
  expect(splitHostName('n1')).toEqual({ name: 'n1' });
});
