"""Settings, read once from the environment (prefix ``YIMEN_``)."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting of the service; the README lists them with their defaults."""

    model_config = SettingsConfigDict(env_prefix="YIMEN_", extra="ignore")

    database_url: str | None = None
    """``postgresql+asyncpg://…``; without it the embedded PostgreSQL in ``data_dir`` is used."""
    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    root_path: str = ""
    """Path prefix that a reverse proxy strips."""
    workers: int = Field(default=1, ge=1, le=64)
    jwt_secret: SecretStr | None = None
    """At least 32 bytes; the embedded demo makes its own."""
    jwt_old_secret: SecretStr | None = None
    """The key before: its tokens are still read, until they have expired."""
    personal_data_keys: SecretStr | None = None
    """``id:base64[,id2:base64]``, AES-256 keys; the first encrypts, all decrypt."""
    personal_data_index_key: SecretStr | None = None
    """``base64[,base64]`` of 32 bytes: keys of the blind index; the first indexes, all search."""
    access_token_seconds: int = Field(default=900, ge=60, le=3600)
    refresh_token_days: int = Field(default=7, ge=1, le=90)
    cors_origins: Annotated[list[str], NoDecode] = []
    """Comma-separated origins of a separate SPA; none by default."""
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    max_import_bytes: int = Field(default=33_554_432, ge=1024)
    in_process_worker: bool = True
    """Do the background work in the service; switch it off where ``yimen worker`` runs."""
    pool_size: int = Field(default=6, ge=1, le=100)
    pool_timeout_seconds: float = Field(default=5, gt=0)
    statement_timeout_seconds: float = Field(default=15, gt=0)
    password_concurrency: int = Field(default=2, ge=1, le=32)
    font_dir: Path | None = None
    """A folder of fonts for PDFs, searched before the system's (e.g. 仿宋、小标宋)."""
    pdf_concurrency: int = Field(default=2, ge=1, le=32)
    public_requests_per_minute: int = Field(default=120, ge=1)
    """What one address may ask of ``/public`` in a minute, whichever process answers."""
    public_lookups_per_minute: int = Field(default=10, ge=1)
    """How often one address may try a code (a case looked up, a rating given) in a minute."""
    log_level: str = "INFO"
    metrics: bool = True
    """Serve ``/metrics``; switch it off where the port is open to the public."""

    @field_validator("root_path")
    @classmethod
    def _anchor(cls, path: str) -> str:
        """``hall/`` → ``/hall``; none stays empty."""
        bare = path.strip("/")
        return f"/{bare}" if bare else ""

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("cors_origins")
    @classmethod
    def _name_origins(cls, origins: list[str]) -> list[str]:
        # cookies are allowed to them: a star would let every page of the web in
        for origin in origins:
            if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", origin):
                raise ValueError(
                    "来源要逐个写明，形如 https://spa.example，不带路径，也不能用星号。"
                )
        return origins

    @property
    def is_embedded(self) -> bool:
        return self.database_url is None


@lru_cache
def get_settings() -> Settings:
    return Settings()
