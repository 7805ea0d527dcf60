// Writes FILE.br and FILE.gz beside each file of a folder that they make smaller, so that the server
// never compresses: node scripts/compress.mjs FOLDER
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = process.argv[2];
const texts = /\.(html|js|mjs|css|json|map|svg|txt|webmanifest|wasm)$/;

for (const name of readdirSync(folder, { recursive: true })) {
  const file = join(folder, name);
  if (!texts.test(name) || !statSync(file).isFile()) continue;
  const plain = readFileSync(file);
  const packed = {
    br: brotliCompressSync(plain, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
    }),
    gz: gzipSync(plain, { level: 9 }),
  };
  for (const [ending, bytes] of Object.entries(packed)) {
    if (bytes.length < plain.length * 0.9) writeFileSync(`${file}.${ending}`, bytes);
    else rmSync(`${file}.${ending}`, { force: true });
  }
}
