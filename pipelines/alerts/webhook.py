"""The webhook: one alert as one POST, signed, with a key by which the receiver knows it again.

Owns the message and the patience with its receiver. The form is Standard Webhooks (standardwebhooks.com): `webhook-id` is the
alert's id, the same however often it is sent, and stands in the body and as `Idempotency-Key` too; `webhook-signature` is
HMAC-SHA256 over id, time stamp and body. The body carries `text`, which chat services show as it is.

It does not go through `pipelines.sources.live`: that door asks vendors, at their pace and with their keys, and reads what
comes back; this one tells, reads nothing but the status, and goes where the settings say. Redirects are not followed.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import datetime

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from pipelines import settings
from pipelines.alerts import Alert

CONNECT, READ = 4.0, 8.0  # seconds
ATTEMPTS, DEADLINE = 3, 15.0  # then the next look tries again
RETRIED = {408, 425, 429, *range(500, 600)}


class Undelivered(Exception):
    """The receiver did not take the alert. Its text is a sentence for people, without the address.

    `is_down`: it gave no answer, or none that has to do with this alert; another one need not be tried now.
    """

    def __init__(self, what: str, *, is_down: bool) -> None:
        super().__init__(f"the webhook {what}; look at the receiver and at LOCKSTEP_WEBHOOK_URL")
        self.is_down = is_down


class Webhook:
    """One receiver. `pause` is how it waits between attempts, given so that tests need not."""

    def __init__(self, url: str, secret: bytes | None, pause: Callable[[float], None] = time.sleep, read: float = READ) -> None:
        self._url, self._secret, self._pause, self._read = url, secret, pause, read

    def send(self, alert: Alert, raised_at: datetime) -> str:
        """Deliver one alert, in several attempts if need be; returns what the receiver said.

        Raises:
            Undelivered: no answer, or none that takes the alert.
        """
        body = message(alert, raised_at)
        retrying = Retrying(
            retry=retry_if_exception_type(requests.RequestException) | retry_if_result(lambda status: status in RETRIED),
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(DEADLINE),
            wait=wait_exponential_jitter(initial=1, max=8),
            sleep=self._pause,
            retry_error_callback=_last,
        )
        came = retrying(self._post, alert.alert_id, body)
        if isinstance(came, str):
            raise Undelivered(f"gave no answer ({came})", is_down=True)
        if not 200 <= came < 300:
            raise Undelivered(f"answered HTTP {came}", is_down=came in RETRIED)
        return f"HTTP {came}"

    def _post(self, alert_id: str, body: bytes) -> int:
        stamp = str(int(time.time()))
        headers = {"Content-Type": "application/json", "Idempotency-Key": alert_id, "webhook-id": alert_id, "webhook-timestamp": stamp}
        if self._secret is not None:
            headers["webhook-signature"] = f"v1,{signature(self._secret, alert_id, stamp, body)}"
        with requests.post(
            self._url, data=body, headers=headers, timeout=(CONNECT, self._read), allow_redirects=False, stream=True
        ) as response:
            return response.status_code


def _last(state: RetryCallState) -> int | str:
    """The last status, or the name of what came instead of one (its text holds the address, and is left behind)."""
    failure = state.outcome and state.outcome.exception()
    return type(failure).__name__ if failure else state.outcome.result() if state.outcome else "nothing"


def message(alert: Alert, raised_at: datetime) -> bytes:
    """The body of an alert: the same bytes at every attempt."""
    document = {
        "id": alert.alert_id,
        "type": alert.kind,
        "timestamp": raised_at.isoformat(),
        "text": alert.text,
        "data": {"subject": alert.subject, "about_date": alert.about_date and alert.about_date.isoformat(), **alert.facts},
    }
    return settings.redacted(json.dumps(document, ensure_ascii=False, sort_keys=True)).encode()


def signature(secret: bytes, alert_id: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `<id>.<stamp>.<body>`, base64."""
    return base64.b64encode(hmac.new(secret, f"{alert_id}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
