"""A browser with somebody signed in: keeps the form token, speaks the upload protocol when asked."""

import base64
import io
import re
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service import web
from archive_service.kernel.actor import Actor

OCTETS: Final = "application/offset+octet-stream"


class Browser:
    def __init__(self, app: Flask, actor: Actor) -> None:
        self._app, self._actor = app, actor
        self.client: FlaskClient = app.test_client()
        page = self.get("/upload")
        assert page.status_code == 200, page.text
        found = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
        assert found is not None
        self.token = found[1]

    def _signed_in(self) -> FlaskClient:
        web.set_actor_loader(self._app, lambda: self._actor)
        return self.client

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._signed_in().get(path, headers=headers)

    def post(
        self, path: str, data: Mapping[str, object] | None = None, *, token: bool = True, **headers: str
    ) -> TestResponse:
        fields = {**({"csrf_token": self.token} if token else {}), **(data or {})}
        return self._signed_in().post(path, data=fields, headers=headers)

    def upload(
        self, *files: tuple[str, bytes], token: bool = True, to: str = "/upload", **fields: object
    ) -> TestResponse:
        """The classic form: fields first, then the files, as browsers send it."""
        data = {**({"csrf_token": self.token} if token else {}), **fields}
        data["file"] = [(io.BytesIO(content), name) for name, content in files]
        return self._signed_in().post(to, data=data, content_type="multipart/form-data")

    def tus(
        self, method: str, path: str, body: bytes = b"", *, kind: str | None = None, **headers: str
    ) -> TestResponse:
        """One request of the upload protocol; header names with ``_`` for ``-``, None-like "" leaves one out."""
        sent = {"Tus-Resumable": "1.0.0", "X-CSRFToken": self.token}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._signed_in().open(
            path,
            method=method,
            data=body,
            content_type=kind or (OCTETS if method == "PATCH" else None),
            headers={name: value for name, value in sent.items() if value},
        )

    def begin(self, length: int, **told: str) -> str:
        """Begin an upload; its address."""
        answer = self.tus("POST", "/uploads/tus", Upload_Length=str(length), Upload_Metadata=metadata(told))
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def send(self, address: str, offset: int, body: bytes, **headers: str) -> TestResponse:
        return self.tus("PATCH", address, body, Upload_Offset=str(offset), **headers)

    def result(self, address: str) -> dict[str, object]:
        answer = self.get(f"{address}/result")
        assert answer.status_code == 200, answer.text
        found = answer.json
        assert isinstance(found, dict)
        return found


def metadata(told: Mapping[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())


def sent_rows(page: TestResponse) -> Sequence[tuple[str, str]]:
    """(state, file name) of each file on the page that follows the classic form."""
    return re.findall(
        r'data-state="(\w+)">.*?<span class="upload-name">([^<]*)</span>', page.text, flags=re.DOTALL
    )
