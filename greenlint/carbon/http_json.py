"""Asks a web service for JSON, with nothing of a secret in any message."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from greenlint.units import Seconds

_LONGEST_ANSWER = 1_000_000


class ServiceError(Exception):
    """A service gave no figure; the text says which and why, for people."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: urllib would hand the token in the headers on to whatever is named."""

    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002 - the signature is urllib's
        fp: IO[bytes],  # noqa: ARG002 - the same
        code: int,  # noqa: ARG002 - the same
        msg: str,  # noqa: ARG002 - the same
        headers: Any,  # noqa: ARG002, ANN401 - the same
        newurl: str,  # noqa: ARG002 - the same
    ) -> None:
        return None


def get_json(
    url: str,
    query: Mapping[str, str] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: Seconds,
) -> Any:  # noqa: ANN401 - JSON
    """What the service at `url` answers; ServiceError for anything but JSON."""
    place = f"{urlsplit(url).hostname}{urlsplit(url).path}"
    address = f"{url}?{urlencode(query)}" if query else url
    # The policy allows no scheme but http and https.
    request = urllib.request.Request(address, headers=dict(headers or {}))  # noqa: S310
    request.add_header("User-Agent", "greenlint")
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=timeout) as response:
            return json.loads(response.read(_LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            raise ServiceError(f"{place} answered {error.code}") from None
    except urllib.error.URLError as error:
        raise ServiceError(f"{place} cannot be reached: {error.reason}") from None
    except (OSError, HTTPException) as error:
        raise ServiceError(f"{place} cannot be reached: {error}") from None
    except ValueError:
        raise ServiceError(f"{place} did not answer with JSON") from None
