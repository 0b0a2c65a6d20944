"""Over TLS: both clients check who answers, and see where an answer was cut."""

import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.core.errors import UpstreamError
from gateway.providers.http1 import Http1Client
from gateway.providers.passthrough import PassthroughClient
from tests.providers.http1.asking import Ask, At
from tests.providers.http1.raw_server import HEAD, OK, Peer, RawServer, answers

Client = Callable[..., Http1Client | PassthroughClient]


CLIENTS: tuple[Client, ...] = (Http1Client, PassthroughClient)


@pytest.fixture(params=CLIENTS)
def make(request: pytest.FixtureRequest) -> Client:
    client: Client = request.param
    return client


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For 127.0.0.1 and no other name, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "upstream")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "upstream.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


async def test_exchanges_share_a_secure_connection(
    *, make: Client, ask: Ask, at: At, serving: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    async with RawServer(answers(OK), tls=serving) as server, make(ssl_context=trusting) as client:
        for body in (b"small", b"large" * 500_000):
            assert await (await client.send(at(server.url), ask(body))).read() == b"ok"
        assert len(server.peers) == 1


async def test_whom_nobody_vouches_for_gets_no_request(
    make: Client, ask: Ask, at: At, serving: ssl.SSLContext
) -> None:
    async with RawServer(answers(OK), tls=serving) as server, make() as client:
        with pytest.raises(UpstreamError) as caught:
            await client.send(at(server.url), ask())
        assert caught.value.code == "unreachable"
        assert not server.peers


async def test_a_certificate_for_another_name_is_refused(
    *, make: Client, ask: Ask, at: At, serving: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    async with RawServer(answers(OK), tls=serving) as server, make(ssl_context=trusting) as client:
        with pytest.raises(UpstreamError) as caught:
            await client.send(at(f"https://localhost:{server.port}"), ask())
        assert caught.value.code == "unreachable"


async def test_a_secure_body_that_is_cut_is_no_clean_end(
    *, make: Client, ask: Ask, at: At, serving: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD + b"content-length: 9\r\n\r\nshort")

    async with RawServer(script, tls=serving) as server, make(ssl_context=trusting) as client:
        response = await client.send(at(server.url), ask())
        with pytest.raises(UpstreamError) as caught:
            await response.read()
        assert caught.value.code == "protocol"


async def test_the_environment_may_name_other_trust_anchors(
    *,
    monkeypatch: pytest.MonkeyPatch,
    client: Http1Client,
    ask: Ask,
    at: At,
    certificate: Path,
    serving: ssl.SSLContext,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with RawServer(answers(OK), tls=serving) as server:
        assert await (await client.send(at(server.url), ask())).read() == b"ok"
