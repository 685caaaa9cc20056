/** nginx as Debian configures it (worker per processor, sendfile, tcp_nopush, access log), for one directory. */
export function nginxConfig({
  directory,
  files,
  port,
}: {
  directory: string;
  files: string;
  port: number;
}): string {
  return `user root;
worker_processes auto;
daemon off;
pid ${quote(`${directory}/pid`)};
events {
  worker_connections 768;
}
http {
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  access_log ${quote(`${directory}/access.log`)};
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${quote(`${directory}/${name}`)};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${quote(files)};
  }
}
`;
}

/** A string of nginx's configuration. A path with a `$` would be a variable there; ours are checked to have none. */
function quote(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}
