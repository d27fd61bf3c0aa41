"""What a NATS server of the tests is told."""

from pathlib import Path


def written_config(folder: Path, address: str, port: int, storage_gib: int = 64) -> Path:
    """Write the configuration of a server that keeps everything in a folder, and say where.

    Its limit of storage is one of its own: without, it is a share of what the disk has left.
    """
    folder.mkdir(exist_ok=True)
    path = folder / "nats.conf"
    path.write_text(
        f'listen: "{address}:{port}"\njetstream {{ store_dir: "{folder}", max_file_store: {storage_gib}GB }}\n'
    )
    return path
