"""Make certificates for servers in tests."""

from pathlib import Path

from scanwarden import hostcmd


def certificate(folder: Path, address: str) -> Path:
    """Write a key and a self-signed certificate for an address into one file."""
    file = folder / "server.pem"
    key = folder / "key.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=test", "-addext", f"subjectAltName=IP:{address}"]
    files = ["-keyout", str(key), "-out", str(file)]
    hostcmd.run(["openssl", "req", "-x509", *curve, *names, *files], limit_s=60.0)
    file.write_text(file.read_text() + key.read_text())
    return file
