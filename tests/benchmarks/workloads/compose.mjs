// How long @theguild/federation-composition takes: [[name, sdl]] from stdin, the folder with node_modules and
// the number of rounds as arguments; prints {ms: [CPU milliseconds], peakMb, errors}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.argv[2] + '/');
const { composeServices } = require('@theguild/federation-composition');
const { parse } = require('graphql');

const subgraphs = JSON.parse(readFileSync(0, 'utf8'));
const ms = [];
let errors = [];
for (let round = 0; round < Number(process.argv[3]); round++) {
  const before = process.cpuUsage();
  const services = subgraphs.map(([name, sdl]) => ({ name, url: `http://${name}.test/`, typeDefs: parse(sdl) }));
  errors = composeServices(services).errors ?? [];
  const { user, system } = process.cpuUsage(before);
  ms.push((user + system) / 1000);
}
const peakMb = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ ms, peakMb, errors: errors.slice(0, 3).map((e) => e.message) }));
