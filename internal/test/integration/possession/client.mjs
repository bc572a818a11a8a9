// Gets a bound token, calls the API with it, and prints the statuses as JSON.
const [, , oauthDir, dpopDir, issuer, clientID, secret, resource, api] = process.argv;
const oauth = await import(`${oauthDir}/node_modules/oauth4webapi/build/index.js`);
const dpop = await import(`${dpopDir}/node_modules/dpop/build/index.js`);
const http = { [oauth.allowInsecureRequests]: true };
const client = { client_id: clientID };
const as = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), http));
const keys = await oauth.generateKeyPair('ES256');
const DPoP = oauth.DPoP(client, keys);
const grant = await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic(secret),
  new URLSearchParams({ scope: 'api:read', resource }), { DPoP, ...http });
const { access_token: token, token_type: type } = await oauth.processClientCredentialsResponse(as, client, grant);

// call repeats a request once if the API demands a nonce.
async function call(method, url) {
  const once = () => oauth.protectedResourceRequest(token, method, new URL(url), undefined, undefined, { DPoP, ...http });
  try {
    return (await once().catch((err) => (oauth.isDPoPNonceError(err) ? once() : Promise.reject(err)))).status;
  } catch (err) {
    return err.status ?? String(err);
  }
}

// send sends a proof of dpop.
async function send(url, htu, nonce, token) {
  const proof = await dpop.generateProof(keys, htu, 'GET', nonce, token);
  const headers = { authorization: `DPoP ${token}`, dpop: proof };
  const first = await fetch(url, { headers });
  const given = first.headers.get('dpop-nonce') ?? undefined;
  if (first.status === 401 && given !== undefined && nonce === undefined) return send(url, htu, given, token);
  return [first.status, (await fetch(url, { headers })).status];
}

console.log(JSON.stringify({
  type,
  get: await call('GET', `${api}/orders`),
  query: await call('POST', `${api}/orders?page=2&sort=%C3%A4#top`),
  escaped: await call('GET', `${api}/orders/a%2Fb;v=1/%7Ealice/..`),
  dpop: await send(`${api}/orders`, `${api}/orders`, undefined, token),
  dpopQuery: await send(`${api}/orders?page=2`, `${api}/orders?page=2`, undefined, token),
  elsewhere: await send(`${api}/orders`, `${api}/admin`, undefined, token),
  bearer: (await fetch(`${api}/orders`, { headers: { authorization: `Bearer ${token}` } })).status,
}));
