const KEPT_ENVIRONMENT = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Nothing of the caller's environment gets into a build but the proxy settings. */
export function cleanEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const env: Record<string, string> = {
    PATH,
    LC_ALL: 'C.UTF-8',
    LANG: 'C.UTF-8',
    HOME: '/root',
    TERM: 'dumb',
  };
  for (const name of KEPT_ENVIRONMENT) {
    const value = process.env[name];
    if (value) env[name] = value;
  }
  return { ...env, ...extra };
}
