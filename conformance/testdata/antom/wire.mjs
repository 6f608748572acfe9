// The wire of Antom, as its public pages and its SDKs in other languages have it: what
// is signed, what the headers look like, and whom to believe. Plain node, no package,
// and nothing of the SDK that is under test.
import { createSign, createVerify } from 'node:crypto';
import http from 'node:http';

// contentOf is what both sides sign. An answer has the method and path of its request.
const contentOf = (method, path, clientId, time, body) => `${method} ${path}\n${clientId}.${time}.${body}`;

// How the SDKs write a signature and a time. Those in Go and Java send milliseconds,
// those in Python and PHP ISO 8601; all of them escape base64 like a query.
const encodings = {
  percent: (signature) => encodeURIComponent(signature.toString('base64')),
  base64url: (signature) => signature.toString('base64url'),
};
const times = {
  millis: () => String(Date.now()),
  iso: () => new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
};

/** Refused is a message that does not verify: nothing in it decides anything. */
export class Refused extends Error {}

/** Peer is one end of the wire: own key, the wallet's keys, and a way to write. */
export class Peer {
  constructor({ gateway, clientId, privateKey, walletKeys, encoding, time }) {
    Object.assign(this, { gateway: new URL(gateway), clientId, privateKey, walletKeys });
    this.encode = encodings[encoding];
    this.now = times[time];
  }

  sign(method, path, time, body) {
    const signature = createSign('RSA-SHA256').update(contentOf(method, path, this.clientId, time, body)).sign(this.privateKey);
    return `algorithm=RSA256,keyVersion=1,signature=${this.encode(signature)}`;
  }

  // verify believes a message of the wallet, or throws.
  verify(method, path, headers, timeName, body) {
    const pairs = new Map((headers.signature ?? '').split(',').map((pair) => {
      const [, name, value] = /^\s*(\w+)=(.*)$/.exec(pair) ?? [];
      return [name, value];
    }));
    const key = this.walletKeys[pairs.get('keyVersion')];
    const signature = decodeURIComponent(pairs.get('signature') ?? '');
    const content = contentOf(method, path, headers['client-id'], headers[timeName], body);
    const problem = headers['client-id'] !== this.clientId ? 'another client'
      : pairs.get('algorithm') !== 'RSA256' ? 'another algorithm'
      : !key ? 'no such key'
      : !/^[A-Za-z0-9+/]+={0,2}$/.test(signature) ? 'no base64'
      : !createVerify('RSA-SHA256').update(content).verify(key, signature, 'base64') ? 'wrong signature'
      : Math.abs(Date.now() - timeOf(headers[timeName])) > 5 * 60_000 ? 'stale'
      : '';
    if (problem) throw new Refused(`${path}: ${problem}`);
    return JSON.parse(body);
  }

  // call signs a request, and returns what the wallet verifiably answers.
  async call(operation, request) {
    const path = `/ams/api/v1/${operation}`;
    const body = JSON.stringify(request);
    const time = this.now();
    const res = await send(new URL(path, this.gateway), body, {
      'content-type': 'application/json; charset=UTF-8',
      'client-id': this.clientId,
      'request-time': time,
      signature: this.sign('POST', path, time, body),
    });
    // The SDKs in Python and PHP find the headers only by their names in lower case.
    const raw = new Map();
    for (let i = 0; i < res.rawHeaders.length; i += 2) raw.set(res.rawHeaders[i], res.rawHeaders[i + 1]);
    const headers = Object.fromEntries(['signature', 'client-id', 'response-time'].map((name) => [name, raw.get(name)]));
    return this.verify('POST', path, headers, 'response-time', res.body);
  }
}

// timeOf reads either form of a time.
const timeOf = (text) => (/^\d{13}$/.test(text) ? Number(text) : Date.parse(text));

/** send posts a body and returns the answer whole. */
export function send(url, body, headers) {
  return new Promise((resolve, reject) => {
    const req = http.request(url, { method: 'POST', headers, agent: false }, async (res) => {
      try {
        resolve({ status: res.statusCode, rawHeaders: res.rawHeaders, body: await read(res) });
      } catch (error) {
        reject(error);
      }
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** read returns the bytes of a message as they came: what is signed is not parsed before. */
export async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
