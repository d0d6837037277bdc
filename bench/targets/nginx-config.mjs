/** nginx as a reverse proxy with kept-alive connections on both sides, nothing held back, nothing logged. */
export function nginxConfig({ folder, port, upstreamPort, openFiles }) {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `  ${name}_temp_path ${folder}/${name};`,
  );
  // nginx started by root gives its workers another user, who could not use this folder.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `${user}daemon off;
worker_processes 1;
worker_rlimit_nofile ${openFiles};
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
# Far more than there are files: near its limit nginx closes connections that have not sent their request yet.
events { worker_connections ${4 * openFiles}; }
http {
  access_log off;
${temporary.join("\n")}
  client_max_body_size 64m;
  client_body_buffer_size 1m;
  keepalive_requests 1000000000;
  upstream canned {
    server 127.0.0.1:${upstreamPort};
    keepalive 512;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=16384;
    location / {
      proxy_pass http://canned;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}
