import { fail } from './errors.ts';

const FORMS = [
  /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/,
  /^([0-9a-f]{2}-){5}[0-9a-f]{2}$/,
  /^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/,
  /^[0-9a-f]{12}$/,
];

/**
 * The one form in which MAC addresses are kept, `aa:bb:cc:dd:ee:ff`, from any
 * usual one: with colons, hyphens, Cisco's dots, or nothing between.
 * @throws SlipwayError `node/bad-mac`
 */
export function normalizeMac(text: string): string {
  const lower = text.toLowerCase();
  const mac = JSON.stringify(text.slice(0, 100));
  if (!FORMS.some((form) => form.test(lower)))
    throw fail('bad-mac', { mac, reason: 'It must have 12 hexadecimal digits, in pairs or as one.' });
  const digits = lower.replaceAll(/[^0-9a-f]/g, '');
  if (digits === '000000000000') throw fail('bad-mac', { mac, reason: 'All zero means that there is none.' });
  if (Number.parseInt(digits.slice(0, 2), 16) & 1)
    throw fail('bad-mac', {
      mac,
      reason: 'It is a group (multicast or broadcast) address: no network card has it.',
    });
  return (digits.match(/../g) ?? []).join(':');
}
