/** The peer: ltijs as its documentation sets it up, on a MongoDB of its own name, or in memory, with one platform. */
const lti = require('ltijs').Provider;

const platform = JSON.parse(process.env.PLATFORM);
lti.setup(
  'a key of the benchmark, and of nothing else',
  process.env.MONGODB_URL ? { url: process.env.MONGODB_URL } : { plugin: require('./ltijs-memory.cjs')() },
  {
    cookies: { secure: false, sameSite: '' },
    tokenMaxAge: 600,
  },
);
lti.onConnect((token, req, res) =>
  res.send(`<!doctype html><title>Course</title><p>${token.userInfo.name}</p>`),
);
lti
  .deploy({ port: Number(process.env.PORT), silent: true })
  .then(() =>
    lti.registerPlatform({
      url: platform.issuer,
      name: platform.name,
      clientId: platform.client_id,
      authenticationEndpoint: platform.authorization_endpoint,
      accesstokenEndpoint: platform.token_endpoint,
      authConfig: { method: 'JWK_SET', key: platform.jwks_uri },
    }),
  )
  .then(() => console.log('ready'));
