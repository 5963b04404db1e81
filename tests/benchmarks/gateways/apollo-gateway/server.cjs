// @apollo/gateway behind @apollo/server's own HTTP server; $WORKERS processes.
const cluster = require('node:cluster');
const { readFileSync } = require('node:fs');
const from = require('node:module').createRequire(process.env.PEERS + '/');

const workers = Number(process.env.WORKERS || 1);
if (workers > 1 && cluster.isPrimary) {
  for (let i = 0; i < workers; i++) cluster.fork();
} else {
  const { ApolloGateway } = from('@apollo/gateway');
  const { ApolloServer } = from('@apollo/server');
  const { startStandaloneServer } = from('@apollo/server/standalone');
  const gateway = new ApolloGateway({ supergraphSdl: readFileSync(process.env.SUPERGRAPH, 'utf8') });
  const server = new ApolloServer({ gateway, csrfPrevention: false });
  startStandaloneServer(server, { listen: { host: '127.0.0.1', port: Number(process.env.PORT) } });
}
