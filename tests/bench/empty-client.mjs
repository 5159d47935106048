// The least that a client can be: node empty-client.mjs URL COUNT TEXT. It sends the same answer
// again and again on a few connections, looks for the end of each reply, and prints calls a second.
import net from 'node:net';
import { TOKEN } from './fake.mjs';

const CONNECTIONS = 32;
const [, , url, count, text] = process.argv;
const body = JSON.stringify({ chat_id: 1, text });
const request = `POST /bot${TOKEN}/sendMessage HTTP/1.1\r\nHost: bench\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const bytes = Buffer.from(request);
const { port } = new URL(url);

let left = Number(count);
const start = performance.now();

function one() {
  return new Promise((resolve, reject) => {
    let missing = 0; // of the reply that is coming in
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }, next);
    function next() {
      if (left-- > 0) socket.write(bytes);
      else socket.end(resolve);
    }
    socket.on('error', reject).on('data', (chunk) => {
      if (!missing) {
        const head = chunk.indexOf('\r\n\r\n') + 4;
        missing = head + Number(/Content-Length: (\d+)/.exec(chunk.latin1Slice(0, head))[1]);
      }
      missing -= chunk.length;
      if (missing === 0) next();
    });
  });
}

await Promise.all(Array.from({ length: CONNECTIONS }, one));
console.log(Number(count) / ((performance.now() - start) / 1000));
