"""One frozen Settings, read from the environment once; a wrong value stops the start with its name and reason."""

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from archive_service.kernel import outgoing

GIB: Final = 1024**3


class SettingsError(Exception):
    """The environment asks for something that can't be; the text names the variable."""


class Settings(BaseSettings):
    """Everything that may be set from outside, each as ``ARCHIVE_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="ARCHIVE_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default=Path("var"), description="where all data lies: database, files, index, keys"
    )
    database_url: str = Field(
        default="", description="empty for SQLite in the data directory, or postgresql://…"
    )
    blobs_url: str = Field(default="", description="empty for files in the data directory")
    broker_url: str = Field(default="memory://", description="memory:// inside the one worker, or redis://…")
    index_url: str = Field(default="", description="empty for a Whoosh index in the data directory")
    audit_heads_dir: str = Field(
        default="",
        description="where the signed heads of the audit trail are kept; empty: the data directory",
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=1, le=65535, description="port to listen on")
    public_url: str = Field(
        default="", description="how people reach the service, e.g. https://archive.example"
    )
    allowed_hosts: str = Field(
        default="", description="host names answered, comma-separated; empty: public_url and loopback"
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=5, description="how many proxies in front may set X-Forwarded-*"
    )
    max_upload_bytes: int = Field(default=2 * GIB, ge=1, description="the largest file taken, in bytes")
    upload_days: int = Field(default=7, ge=1, le=90, description="days an unfinished upload is kept")
    readers: int = Field(
        default=0, ge=0, le=64, description="documents read at once; 0: one for each processor core"
    )
    reading_idle_seconds: int = Field(
        default=180, ge=5, description="after so many idle seconds the OCR memory is given back"
    )
    two_factor: Literal["required", "offered"] = Field(
        default="required", description="whether roles with power must sign in with a second factor"
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="mail server for reminders, smtps://user:password@host:465?from=archive@example.cn; empty: no mail",
    )
    webhook_hosts: str = Field(
        default="",
        description="hosts besides qyapi.weixin.qq.com and oapi.dingtalk.com that webhooks may call, comma-separated",
    )
    webhook_urls: SecretStr = Field(
        default=SecretStr(""),
        description="group robots for reminders, wecom+https://… or dingtalk+https://…#secret, parted by blanks; or empty",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="how much is logged"
    )

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value:
            return value
        # Imported here, because the supervisor needs settings and no database: half its memory would be SQLAlchemy.
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError as error:
            raise ValueError("not a database address") from error
        if backend not in ("sqlite", "postgresql"):
            raise ValueError("only sqlite and postgresql are supported")
        return value

    @field_validator("broker_url")
    @classmethod
    def _known_broker(cls, value: str) -> str:
        if value.split(":", 1)[0] not in ("memory", "redis", "rediss", "redis+socket"):
            raise ValueError("only memory:// and redis:// are supported")
        return value

    @field_validator("blobs_url", "index_url")
    @classmethod
    def _known_place(cls, value: str) -> str:
        if value and not value.startswith("file:"):
            raise ValueError("only file:/absolute/path is supported")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_mail_server(cls, value: SecretStr) -> SecretStr:
        outgoing.mail_server(value.get_secret_value())
        return value

    @field_validator("webhook_hosts")
    @classmethod
    def _known_hosts(cls, value: str) -> str:
        outgoing.allowed_hosts(value)
        return value

    @field_validator("webhook_urls")
    @classmethod
    def _known_webhooks(cls, value: SecretStr, told: ValidationInfo) -> SecretStr:
        # Without the hosts, they were wrong themselves and are told of already.
        if "webhook_hosts" in told.data:
            outgoing.webhooks(value.get_secret_value(), told.data["webhook_hosts"])
        return value

    @property
    def mail_server(self) -> outgoing.MailServer | None:
        return outgoing.mail_server(self.smtp_url.get_secret_value())

    @property
    def webhooks(self) -> tuple[outgoing.Webhook, ...]:
        return outgoing.webhooks(self.webhook_urls.get_secret_value(), self.webhook_hosts)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'archive.sqlite3'}"

    @property
    def blobs_dir(self) -> Path:
        return _place(self.blobs_url) or self.data_dir / "blobs"

    @property
    def heads_dir(self) -> Path:
        given = self.audit_heads_dir
        return Path(given).expanduser().absolute() if given else self.data_dir / "audit-heads"

    @property
    def index_dir(self) -> Path:
        return _place(self.index_url) or self.data_dir / "index"

    @property
    def reader_count(self) -> int:
        return self.readers or len(os.sched_getaffinity(0))

    @property
    def hosts(self) -> frozenset[str]:
        """Host names, without ports, that requests may ask for."""
        named = {h.strip().lower() for h in self.allowed_hosts.split(",") if h.strip()}
        if self.public_url:
            named.add(self.public_url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0].lower())
        return frozenset(named | {"127.0.0.1", "localhost", "[::1]"})


def _place(url: str) -> Path | None:
    return Path(url.removeprefix("file:").replace("///", "/", 1)) if url else None


def load_settings() -> Settings:
    """Settings from the environment, or from the file that ``ARCHIVE_ENV_FILE`` names beneath it.

    Raises SettingsError naming each wrong variable.
    """
    try:
        return Settings(_env_file=os.environ.get("ARCHIVE_ENV_FILE"))
    except ValidationError as error:
        lines = [f"ARCHIVE_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("\n".join(lines)) from error
