"""TLS towards subgraphs: private authorities, and the router's own certificate."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from router.errors import SubgraphError, SubgraphUnreachableError
from router.transport.base import SubgraphRequest
from router.transport.http import HttpClient
from router.transport.options import HttpOptions
from router.transport.tls import TlsFiles, tls_context
from tests.transport.raw_server import RawServer, answer_all

PEM = serialization.Encoding.PEM


class Authority:
    """A private certificate authority and the files it writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.file = folder / "authority.pem"
        made = self._builder(self.name, self.key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(PEM))

    def certify(self, who: str, *, password: bytes | None = None) -> tuple[Path, Path]:
        """A certificate for 127.0.0.1 and its key, in files."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
        san = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        made = self._builder(name, key.public_key()).add_extension(san, critical=False)
        certificate, private = self.folder / f"{who}.pem", self.folder / f"{who}.key"
        certificate.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(PEM))
        hidden: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password is not None:
            hidden = serialization.BestAvailableEncryption(password)
        private.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, hidden))
        return certificate, private

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(tz=UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    def server(self) -> ssl.SSLContext:
        """A subgraph's context that asks callers for a certificate of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certify("subgraph"))
        context.load_verify_locations(self.file)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


async def test_a_subgraph_that_asks_for_a_certificate_is_shown_the_router_s(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with RawServer(answer_all, authority.server()) as server:
        request = SubgraphRequest("s", f"https://127.0.0.1:{server.port}/", b"1", (), True, 5.0)
        known = HttpClient(HttpOptions(tls=TlsFiles(authority.file, *authority.certify("router"))))
        assert (await known.send(request)).body == b'{"data":1}'
        await known.close()
        for tls in (TlsFiles(authority.file), None):
            unknown = HttpClient(HttpOptions(tls=tls))
            with pytest.raises(SubgraphError):
                await unknown.send(request)
            await unknown.close()


async def test_files_that_went_missing_are_an_error_of_the_request(tmp_path: Path) -> None:
    client = HttpClient(HttpOptions(tls=TlsFiles(tmp_path / "gone.pem")))
    with pytest.raises(SubgraphUnreachableError, match="TLS files"):
        await client.send(SubgraphRequest("s", "https://127.0.0.1:1/", b"1", (), True, 5.0))
    await client.close()


def test_an_encrypted_key_is_an_error_and_no_prompt(tmp_path: Path) -> None:
    files = Authority(tmp_path).certify("router", password=b"secret")
    with pytest.raises(OSError, match=r"encrypted|password"):
        tls_context(TlsFiles(None, *files))
