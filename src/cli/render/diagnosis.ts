import type { Area, Check, Diagnosis } from '../../doctor/types.ts';
import type { Style } from './style.ts';
import { bytes, oneLine, pad, width } from './text.ts';
import { wrap } from './error.ts';

const HEADS: Record<Area, string> = { host: 'This host', build: 'Builds', serve: 'Serves', boot: 'Boots' };
const FAMILIES = {
  debian: 'Debian, Ubuntu',
  redhat: 'RHEL, Rocky, Alma, Fedora',
  suse: 'SUSE, openSUSE',
} as const;

export function diagnosisText(diagnosis: Diagnosis, style: Style, columns = 100): string {
  const { host, checks, tools, install } = diagnosis;
  const out = [
    `${style.bold(oneLine(host.system))}, Linux ${host.kernel}, ${host.architecture}, ${host.cpus} CPUs, ${bytes(host.memory)} of memory`,
  ];
  const widest = Math.max(...checks.map((check) => width(check.title)));
  for (const area of ['host', 'build', 'serve', 'boot'] as const) {
    out.push('', style.bold(HEADS[area]));
    for (const check of checks.filter((one) => one.area === area)) {
      out.push(`  ${mark(check, style)} ${pad(check.title, widest)}  ${style.dim(oneLine(check.detail))}`);
      if (check.todo && check.state !== 'ok') out.push(`    ${oneLine(check.todo)}`);
    }
  }
  out.push('', style.bold('Programs'));
  const versions = tools.map(({ name, version }) => `${name} ${version ?? '(version unknown)'}`).join(', ');
  out.push(...wrap(versions, Math.min(columns, 100) - 2).map((line) => style.dim(`  ${line}`)));
  const own = host.family && install[host.family];
  if (own) out.push('', style.bold('To install what is missing'), `  ${own}`);
  else if (Object.keys(install).length > 0) {
    out.push('', style.bold('To install what is missing'));
    for (const [family, command] of Object.entries(install))
      out.push(`  ${FAMILIES[family as keyof typeof FAMILIES]}: ${command}`);
  }
  out.push(
    '',
    diagnosis.ready
      ? style.green(`${style.sign.done} Images can be built and served here.`)
      : style.red(`${style.sign.failed} Images cannot be built and served here yet.`),
  );
  return `${out.join('\n')}\n`;
}

function mark(check: Check, style: Style): string {
  if (check.state === 'ok') return style.green(style.sign.done);
  return check.state === 'limited' ? style.yellow('!') : style.red(style.sign.failed);
}
