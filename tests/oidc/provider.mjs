// A provider of identities for the tests of single sign-on: oidc-provider with its own pages, whose people and their roles are in a file that a
// test may change while it runs.
//
// Usage: node provider.mjs MODULES PORT REDIRECT-URI PEOPLE, where PEOPLE is a file of {"name": ["role", …], …}. It takes any password.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [modules, port, redirect, people] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'collector',
    client_secret: 'a-secret-of-the-collector',
    redirect_uris: [redirect],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    post_logout_redirect_uris: [new URL('/login', redirect).href],
  }],
  claims: { openid: ['sub', 'roles'], profile: ['preferred_username'], email: ['email'] },
  // As Entra does: what the scopes name is in the ID token.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ['a key for tests'] },
  // Nobody is asked whether the collector may know who signs in.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
  findAccount: async (_, name) => ({
    accountId: name,
    claims: async () => ({
      sub: name,
      preferred_username: `${name}@contoso.com`,
      roles: JSON.parse(readFileSync(people, 'utf8'))[name] ?? undefined,
    }),
  }),
});

// Its pages would fetch a font from elsewhere.
provider.use(async (context, next) => {
  await next();
  if (typeof context.body === 'string') context.body = context.body.replace(/@import url[^;]*;/, '');
});

provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
