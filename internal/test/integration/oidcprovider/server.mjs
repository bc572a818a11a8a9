// npm's oidc-provider on a loopback port, driven by lines on stdin; see doc.go. Run with the folder that holds node_modules as
// the working directory. Every start makes new keys. Ends when stdin does, so that it never outlives the test.
import * as crypto from 'node:crypto';
import * as http from 'node:http';
import * as readline from 'node:readline';
import { Provider, errors, interactionPolicy } from 'oidc-provider';

// The same values stand in tokens.go.
const secret = 'integration-test-client-secret-0123456789';
const redirectURI = 'http://127.0.0.1:9/callback';
const afterLogout = 'http://127.0.0.1:9/bye';
const api = 'https://api.example.test/';

// ---- keys -------------------------------------------------------------------
const makeKey = (name, alg, type, options) => ({
  ...crypto.generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  kid: `${name}-${crypto.randomBytes(6).toString('hex')}`, alg, use: 'sig',
});
const makeKeys = () => [
  makeKey('rs', 'RS256', 'rsa', { modulusLength: 2048 }),
  makeKey('ps', 'PS256', 'rsa', { modulusLength: 2048 }),
  makeKey('es', 'ES256', 'ec', { namedCurve: 'P-256' }),
  makeKey('ed', 'EdDSA', 'ed25519'),
];

// ---- resources, clients, accounts -------------------------------------------
const scope = 'api:read api:write';
const jwt = (alg, more = {}) => ({ scope, accessTokenFormat: 'jwt', jwt: { sign: { alg } }, ...more });
const resources = {
  [`${api}rs256`]: jwt('RS256'),
  [`${api}ps256`]: jwt('PS256'),
  [`${api}es256`]: jwt('ES256'),
  [`${api}eddsa`]: jwt('EdDSA'),
  [`${api}short`]: jwt('RS256', { accessTokenTTL: 2 }),
  [`${api}opaque`]: { scope, accessTokenFormat: 'opaque' },
  // The only API whose JWT is accepted at UserInfo too, which wants the scope openid in it.
  [`${api}userinfo`]: jwt('RS256', { scope: `${scope} openid email profile` }),
};

// An MCP server of a test, whose identifier is its address.
const mcp = /^http:\/\/127\.0\.0\.1:\d+\/mcp$/;

const login = { response_types: ['code'], redirect_uris: [redirectURI], post_logout_redirect_uris: [afterLogout] };
const service = { client_secret: secret, response_types: [], redirect_uris: [], grant_types: ['client_credentials'] };
const clients = [
  { client_id: 'app', client_secret: secret, ...login, grant_types: ['authorization_code', 'refresh_token', 'client_credentials'] },
  { client_id: 'app-signed', client_secret: secret, ...login, grant_types: ['authorization_code'], userinfo_signed_response_alg: 'RS256' },
  { client_id: 'spa', token_endpoint_auth_method: 'none', ...login, grant_types: ['authorization_code', 'refresh_token'] },
  {
    client_id: 'native', token_endpoint_auth_method: 'none', application_type: 'native', response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/oauth/callback'], grant_types: ['authorization_code', 'refresh_token'], // at any port (RFC 8252 section 7.3)
  },
  { client_id: 'api', ...service },
  { client_id: 'api:odd %+/', ...service, client_secret: `${secret}:%+/ &=` }, // has to be form-encoded in HTTP Basic
  { client_id: 'api-post', ...service, token_endpoint_auth_method: 'client_secret_post' },
  { client_id: 'api-secret-jwt', ...service, token_endpoint_auth_method: 'client_secret_jwt' },
  { client_id: 'api-signed', ...service, introspection_signed_response_alg: 'PS256' },
];
if (process.env.CLIENT_KEYS) {
  clients.push({ ...service, client_id: 'api-key', client_secret: undefined, token_endpoint_auth_method: 'private_key_jwt', jwks: JSON.parse(process.env.CLIENT_KEYS) });
}

// What an access token says (token) and what only UserInfo and ID token say (user): disjoint, so that a test sees the source.
const accounts = {
  alice: {
    token: { tid: 'tenant-a', groups: ['staff', 'admins'] },
    user: { email: 'alice@example.test', email_verified: true, name: 'Alice Müller', preferred_username: 'alice' },
  },
  bob: {
    token: { tid: 'tenant-b', groups: [] },
    user: { email: 'bob@example.test', email_verified: false, name: 'Bob', preferred_username: 'bob' },
  },
  carol: {
    token: { tid: 'tenant-a', groups: Array.from({ length: 300 }, (_, i) => `department-${i}`) }, // a JWT of more than 6 KB
    user: { email: 'carol@example.test', email_verified: true, name: 'Carol', preferred_username: 'carol' },
  },
};

// ---- storage shared by the Provider objects that key rotation makes -----------
const store = new Map();
class Adapter {
  constructor(model) { this.model = model; }

  async upsert(id, payload, ttl) { store.set(`${this.model}:${id}`, { payload, until: ttl ? Date.now() + ttl * 1000 : Infinity }); }

  async find(id) {
    const entry = store.get(`${this.model}:${id}`);
    return entry && entry.until > Date.now() ? entry.payload : undefined;
  }

  async findWhere(member, value) {
    for (const [key, { payload, until }] of store) {
      if (key.startsWith(`${this.model}:`) && payload[member] === value && until > Date.now()) return payload;
    }
    return undefined;
  }

  findByUid(uid) { return this.findWhere('uid', uid); }

  findByUserCode(userCode) { return this.findWhere('userCode', userCode); }

  async consume(id) { (await this.find(id)).consumed = Math.floor(Date.now() / 1000); }

  async destroy(id) { store.delete(`${this.model}:${id}`); }

  async revokeByGrantId(grantId) {
    for (const [key, { payload }] of store) {
      if (key.startsWith(`${this.model}:`) && payload.grantId === grantId) store.delete(key);
    }
  }
}

// ---- provider ------------------------------------------------------------------
// oidc-provider does not store a JWT access token, so UserInfo cannot find it, and it refuses a stored one that has an audience.
// Stored without its audience under its own text, the JWT is good for both: for the API by signature, for UserInfo by lookup.
async function acceptAtUserInfo(ctx, next) {
  await next();
  const token = ctx.oidc?.route === 'token' && ctx.oidc.entities.AccessToken;
  if (!token || !ctx.body?.access_token || token.aud !== `${api}userinfo`) return;
  const { accountId, clientId, grantId, gty, scope, sessionUid, expiresWithSession, expiration } = token;
  const iat = Math.floor(Date.now() / 1000);
  await new Adapter('AccessToken').upsert(ctx.body.access_token, {
    kind: 'AccessToken', jti: ctx.body.access_token, iat, exp: iat + expiration,
    accountId, clientId, grantId, gty, scope, sessionUid, expiresWithSession,
  }, expiration);
}

// ---- what a browser shows --------------------------------------------------------
// The pages that oidc-provider has itself load a font from another host.
const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (title, body) => `<!DOCTYPE html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}`;
const form = (id, action, body) => `<form id="${id}" action="${action}" method="post">${body}</form>`;
const button = (name, text) => `<button name="${name}" value="yes">${text}</button>`;

const pages = {
  login: ({ params }) => form('login', '', `<input type="hidden" name="prompt" value="login">
    <input name="login" value="${escape(params.login_hint ?? '')}"><input type="password" name="password">
    <select name="acr"><option value=""></option>${acrValues.map((v) => `<option>${v}</option>`).join('')}</select>
    ${button('accept', 'Sign in')}${button('abort', 'Cancel')}`),
  consent: ({ params }) => form('consent', '', `<p>${escape(params.client_id)}: ${escape(params.scope)}</p>
    <input type="hidden" name="prompt" value="consent">${button('accept', 'Agree')}${button('abort', 'Cancel')}`),
};
const acrValues = ['urn:example:password', 'urn:example:two-factors'];

// interact shows the page of an interaction, and takes what the user answers.
async function interact(provider, req, res) {
  const interaction = await provider.interactionDetails(req, res);
  if (req.method !== 'POST') {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.setHeader('Cache-Control', 'no-store');
    const { name } = interaction.prompt;
    // The address is absolute, as in the pages that oidc-provider has itself.
    res.end(page(name, pages[name](interaction).replace('action=""', `action="${provider.issuer}${req.url}"`)));
    return;
  }
  let body = '';
  for await (const chunk of req) body += chunk;
  const answer = new URLSearchParams(body);
  const result = answer.has('abort') ? { error: 'access_denied', error_description: 'the user canceled' } : await accepted(provider, interaction, answer);
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: answer.get('prompt') === 'consent' });
}

async function accepted(provider, { prompt, grantId, session, params }, answer) {
  if (prompt.name === 'login') {
    return { login: { accountId: answer.get('login'), acr: answer.get('acr') || undefined } };
  }
  const grant = await provider.Grant.find(grantId) ?? new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  agree(grant, params);
  return { consent: { grantId: await grant.save() } };
}

function agree(grant, params) {
  grant.addOIDCScope(params.scope ?? '');
  for (const indicator of [params.resource ?? []].flat()) grant.addResourceScope(indicator, params.scope);
}

// A user has agreed to the clients that tests add. They still ask, where the request says prompt=consent.
async function loadExistingGrant({ oidc: { client, session, result, provider, params } }) {
  const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const known = id && await provider.Grant.find(id);
  if (!client.trusted) return known || undefined;
  const grant = known || new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  agree(grant, params);
  await grant.save();
  return grant;
}

// An acr that the session lacks is asked for once. A user who does not give it is let through without it, which OpenID Connect allows.
function policy() {
  const { base, Check } = interactionPolicy;
  const out = base();
  out.get('login').checks.add(new Check('acr_values', 'another acr is wanted', 'unmet_authentication_requirements', ({ oidc }) => {
    const wanted = oidc.params.acr_values?.split(' ');
    return Boolean(wanted) && !wanted.includes(oidc.acr) && !oidc.result?.login;
  }));
  return out;
}

const plain = (title, body) => (ctx) => { ctx.type = 'html'; ctx.body = page(title, body); };

function makeProvider(issuer, keys) {
  const lifetime = (ctx, token, client) => token.resourceServer?.accessTokenTTL ?? client?.lifetime ?? 600;
  const provider = new Provider(issuer, {
    adapter: Adapter,
    clients,
    jwks: { keys },
    cookies: { keys: ['integration-test-cookie-key'] },
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      introspectionSigningAlgValues: ['RS256', 'PS256'],
    },
    findAccount: (ctx, id) => Object.hasOwn(accounts, id) && { accountId: id, claims: () => ({ sub: id, ...accounts[id].user }) },
    extraTokenClaims: (ctx, token) => (token.accountId ? accounts[token.accountId].token : { groups: ['machines'] }),
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}`, policy: policy() },
    renderError: (ctx, out) => plain('error', `<p id="error">${escape(out.error)}</p>`)(ctx),
    extraClientMetadata: { properties: ['trusted', 'lifetime'] },
    loadExistingGrant,
    acrValues,
    issueRefreshToken: (ctx, client, code) => client.grantTypeAllowed('refresh_token') && (client.trusted || code.scopes.has('offline_access')),
    rotateRefreshToken: ({ oidc: { client } }) => client.trusted || client.clientAuthMethod === 'none',
    // Without what keeps it from this machine, to which it posts logout tokens.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, out) => plain('logout', `${out}<button name="logout" value="yes" form="op.logoutForm">Sign out</button>
          <button form="op.logoutForm">Stay signed in</button>`)(ctx),
        postLogoutSuccessSource: plain('logged out', '<p id="done"></p>'),
      },
      userinfo: { enabled: true },
      jwtUserinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, client, oneOf) => oneOf?.[0],
        useGrantedResource: () => false, // a token request without a resource gets the opaque token for UserInfo
        getResourceServerInfo: (ctx, indicator) => {
          if (mcp.test(indicator)) return jwt('RS256');
          if (!Object.hasOwn(resources, indicator)) throw new errors.InvalidTarget('unknown resource');
          return { ...resources[indicator] };
        },
      },
    },
    ttl: { AccessToken: lifetime, ClientCredentials: lifetime, IdToken: 600, Session: 3600, Grant: 3600, Interaction: 600, RefreshToken: 3600 },
  });
  provider.use(acceptAtUserInfo);
  provider.on('server_error', (ctx, err) => console.error('server_error', ctx.path, err));
  provider.on('backchannel.error', (ctx, err) => console.error('backchannel.error', err));
  const handle = provider.callback();
  return (req, res) => {
    if (!req.url.startsWith('/interaction/')) return handle(req, res);
    return interact(provider, req, res).catch((err) => { console.error('interaction', err); res.writeHead(400, { 'Content-Type': 'text/html' }).end(page('error', `<p id="error">${escape(err.message)}</p>`)); });
  };
}

// ---- start, and commands ------------------------------------------------------
const now = Date.now;
let current = makeKeys();
let previous = [];
let handle;
const server = http.createServer((req, res) => handle(req, res));
server.on('error', (err) => { console.error(err.message); process.exit(1); });
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const apply = () => { handle = makeProvider(issuer, [...current, ...previous]); }; // the first key that fits signs
  const commands = {
    rotate() { previous = [...current, ...previous]; current = makeKeys(); apply(); },
    retire() { previous = []; apply(); },
    clock(seconds) { Date.now = () => now() + Number(seconds) * 1000; },
    add(client) {
      const metadata = { client_secret: secret, ...login, grant_types: ['authorization_code', 'refresh_token'], trusted: true, ...JSON.parse(client) };
      store.set(`Client:${metadata.client_id}`, { payload: metadata, until: Infinity });
    },
  };
  apply();
  readline.createInterface({ input: process.stdin })
    .on('line', (line) => {
      const [name] = line.split(' ', 1);
      commands[name]?.(line.slice(name.length + 1));
      console.log(`done ${name}`);
    })
    .on('close', () => process.exit(0));
  console.log(`ready ${issuer}`);
});
