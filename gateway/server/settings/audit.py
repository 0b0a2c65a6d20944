"""``[audit]``: the log, where it is and who attests it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.server.anchoring import AnchorSettings
from gateway.server.settings.section import Section


class AuditSettings(Section):
    """``[audit]``"""

    enabled: bool = True
    path: Path = Path("var/audit")
    origin: str = "lictor.local/gateway"
    """Origin line of the log's checkpoints (C2SP tlog-checkpoint)."""

    node: str = "node-1"
    anchors: tuple[AnchorSettings, ...] = ()
    """``[[audit.anchors]]``"""

    quorum: Annotated[int, Field(ge=0)] = 0
    """How many of the witnesses among the anchors an auditor should ask for; goes into the log's policy."""

    store: str = "files"
    """Where the log lives: ``files`` (in *path*), ``postgres://…`` or ``s3://bucket/prefix``."""

    store_env: str = ""
    """Name of an environment variable that holds *store*, where that has a password in it."""

    endpoint: str = ""
    """Address of the S3-compatible service, where it is not AWS."""

    second: Path | None = None
    """Where the second copy of the last signed checkpoint is kept; beside *path* if it is not said."""

    heartbeat_s: Annotated[float, Field(ge=0)] = 60.0
    """Seconds after which a quiet worker records that it is there; 0 is never."""

    @property
    def keys(self) -> Path:
        """Folder of the keys: beside the log, not in it, for the log's may be served to anyone as it is."""
        return self.path.with_name(self.path.name + ".keys")
