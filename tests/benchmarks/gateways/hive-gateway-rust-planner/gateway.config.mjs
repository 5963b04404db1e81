import { createRequire } from 'node:module';

const from = createRequire(process.env.PEERS + '/');
const { unifiedGraphHandler } = from('@graphql-hive/router-runtime');
const dedupe = process.env.HIVE_DEDUPE !== '0';
export const gatewayConfig = {
  unifiedGraphHandler,
  inboundInflightRequestDeduplication: dedupe,
};
