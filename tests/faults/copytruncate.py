"""logrotate's `copytruncate`: the real program, with a configuration of its own."""

import subprocess
from pathlib import Path


class CopyTruncate:
    """Rotates one log by copying and truncating it."""

    def __init__(self, logrotate: str, log: Path, directory: Path, *, compress: bool) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
        config = directory / "logrotate.conf"
        config.write_text(
            f'"{log}" {{\n'
            f"  copytruncate\n  rotate 1000\n  missingok\n"
            f"  {'compress' if compress else 'nocompress'}\n"
            f"}}\n"
        )
        config.chmod(0o644)
        self._command = [logrotate, "--force", "--state", str(directory / "state"), str(config)]

    def rotate(self) -> None:
        """One rotation, to its end."""
        process = subprocess.run(self._command, capture_output=True, text=True, check=False)
        assert process.returncode == 0, process.stderr
