"""PyJWT and joserfc against a running server: what is ours holds for them, what is theirs holds for us, and what is
wrong holds for nobody."""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import jwt
from joserfc import jwt as jose
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

ISSUER = "https://soc.example.org"
AUDIENCE = f"{ISSUER}/api"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEYS = {"ES256": ("EC", "P-256"), "RS256": ("RSA", 2048), "EdDSA": ("OKP", "Ed25519")}
PUBLIC = ("kty", "crv", "x", "y", "n", "e")


def prepare(directory: Path) -> None:
    """Makes a key of each kind, and the file of services that proves itself with it."""
    services = []
    for algorithm, (kind, what) in KEYS.items():
        made = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}[kind].generate_key(what)
        private = made.as_dict(private=True)
        (directory / f"{algorithm}.json").write_text(json.dumps(private))
        public = ", ".join(f'{name}: "{private[name]}"' for name in PUBLIC if name in private)
        services.append(
            f"  {algorithm.lower()}:\n    description: Signs with {algorithm}.\n    organizations: ['*']\n"
            f"    scopes: [tickets:read]\n    public_keys:\n      - {{{public}}}\n"
        )
    (directory / "services.yaml").write_text("version: 1\nservices:\n" + "".join(services))


def ask(url: str, form: dict | None = None, bearer: str | None = None) -> tuple[int, dict]:
    data = urllib.parse.urlencode(form).encode() if form else None
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def claims_of(algorithm: str, **others) -> dict:
    now, service = int(time.time()), algorithm.lower()
    claims = {"iss": service, "sub": service, "aud": f"{ISSUER}/sts/token", "jti": str(uuid.uuid4())}
    return claims | {"iat": now, "exp": now + 60} | others


def prove(base: str, assertion: str) -> tuple[int, dict]:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}
    return ask(f"{base}/sts/token", form)


def check(directory: Path, base: str) -> None:
    token = ""
    for algorithm in KEYS:
        private = json.loads((directory / f"{algorithm}.json").read_text())
        by_pyjwt = jwt.encode(claims_of(algorithm), jwt.PyJWK(private, algorithm).key, algorithm)
        status, answer = prove(base, by_pyjwt)
        assert status == 200, (algorithm, answer)
        assert prove(base, by_pyjwt)[0] == 401, "an assertion is good once"
        key = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}[private["kty"]].import_key(private)
        header, allowed = {"alg": algorithm}, [algorithm]
        status, answer = prove(base, jose.encode(header, claims_of(algorithm), key, algorithms=allowed))
        assert status == 200, (algorithm, answer)
        for wrong in ({"aud": "https://evil.example"}, {"exp": int(time.time()) - 1}, {"sub": "es256x"}):
            forged = jose.encode(header, claims_of(algorithm, **wrong), key, algorithms=allowed)
            assert prove(base, forged)[0] in (401, 429), wrong
        token = answer["access_token"]
        verify(base, token)
    assert ask(f"{base}/api/v1/tickets", bearer=token)[0] == 200
    assert ask(f"{base}/api/v1/users", bearer=token)[0] == 403
    foreign = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": jwt.get_unverified_header(token)["kid"]}
    for key in (foreign, ECKey.import_key(json.loads((directory / "ES256.json").read_text()))):
        theirs = jose.encode(header, jwt.decode(token, options={"verify_signature": False}), key)
        assert ask(f"{base}/api/v1/tickets", bearer=theirs)[0] == 401, "a foreign key"
    print("PyJWT and joserfc agree with us")


def verify(base: str, token: str) -> None:
    """As RFC 9068, 4 asks of a resource server."""
    keys = ask(f"{base}/sts/jwks")[1]
    kid = jwt.get_unverified_header(token)["kid"]
    public = next(key for key in jwt.PyJWKSet.from_dict(keys).keys if key.key_id == kid)
    needed = {"require": ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]}
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER, options=needed)
    assert claims["scope"] == "tickets:read", claims
    decoded = jose.decode(token, KeySet.import_key_set(keys), algorithms=["ES256"])
    assert decoded.header["typ"] == "at+jwt" and decoded.claims == claims
    for change in ({"audience": "https://other.example"}, {"issuer": "https://evil.example"}):
        try:
            jwt.decode(token, public, algorithms=["ES256"], **({"audience": AUDIENCE, "issuer": ISSUER} | change))
        except jwt.InvalidTokenError:
            continue
        raise AssertionError(change)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]))
    else:
        check(Path(sys.argv[2]), sys.argv[3])
