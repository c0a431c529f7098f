"""One alert over real HTTP to a receiver on loopback that fails in every way a receiver does."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, date, datetime

import pytest

from pipelines import settings
from pipelines.alerts import Alert
from pipelines.alerts.webhook import ATTEMPTS, Undelivered, Webhook

RAISED = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
ALERT = Alert("record_set", ("sp500", "close", "2025-12-11"), "sp500", date(2025, 12, 11), "S&P 500: record close.", {"value": 6901.0})
SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def webhook(url: str, secret: bytes | None = None, read: float = 5) -> Webhook:
    return Webhook(url, secret, pause=lambda seconds: None, read=read)


def test_the_message_carries_its_key_in_header_and_body_and_says_what_happened(receiver):
    there = receiver(204)
    assert webhook(there.url).send(ALERT, RAISED) == "HTTP 204"
    ((headers, body),) = there.seen
    document = json.loads(body)
    assert headers["idempotency-key"] == headers["webhook-id"] == document["id"] == ALERT.alert_id
    assert (document["type"], document["text"], document["timestamp"]) == ("record_set", ALERT.text, "2025-12-12T10:50:00+00:00")
    assert document["data"] == {"subject": "sp500", "about_date": "2025-12-11", "value": 6901.0}
    assert "webhook-signature" not in headers


def test_a_receiver_can_check_the_signature_and_sees_a_changed_body(receiver):
    there = receiver(200)
    webhook(there.url, SECRET).send(ALERT, RAISED)
    ((headers, body),) = there.seen

    def signed(content: bytes) -> str:  # as standardwebhooks.com tells a receiver to compute it
        told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{content.decode()}"
        return "v1," + base64.b64encode(hmac.new(SECRET, told.encode(), hashlib.sha256).digest()).decode()

    assert headers["webhook-signature"] == signed(body)
    assert headers["webhook-signature"] != signed(body.replace(b"6901", b"6902"))


@pytest.mark.parametrize("plan", [(500, 500, 204), (429, 503, 200), ("drop", "drop", 204)], ids=str)
def test_what_passes_is_tried_again_with_the_same_bytes_and_taken_once(receiver, plan):
    there = receiver(*plan)
    webhook(there.url).send(ALERT, RAISED)
    assert len(there.seen) == 3
    assert len({body for _, body in there.seen}) == len({headers["idempotency-key"] for headers, _ in there.seen}) == 1
    assert list(there.taken) == [ALERT.alert_id]


@pytest.mark.parametrize(
    ("plan", "said", "is_down", "attempts"),
    [
        ((500,), "HTTP 500", True, ATTEMPTS),
        (("drop",), "gave no answer", True, ATTEMPTS),
        ((1.0,), "gave no answer .*Timeout", True, ATTEMPTS),
        ((400,), "HTTP 400", False, 1),
        ((410,), "HTTP 410", False, 1),
        ((302,), "HTTP 302", False, 1),
    ],
    ids=str,
)
def test_what_lasts_is_an_error_that_says_what_to_do_and_not_the_address(receiver, plan, said, is_down, attempts):
    there = receiver(*plan)
    with pytest.raises(Undelivered, match=said) as caught:
        webhook(there.url, read=0.2).send(ALERT, RAISED)
    assert caught.value.is_down is is_down
    assert "LOCKSTEP_WEBHOOK_URL" in str(caught.value)
    assert "T0PSECRET" not in str(caught.value) and "127.0.0.1" not in str(caught.value)
    assert caught.value.__context__ is None
    assert len(there.seen) == attempts


def test_nobody_listening_is_no_answer(receiver):
    there = receiver()
    there.close()
    with pytest.raises(Undelivered, match="gave no answer") as caught:
        webhook(there.url).send(ALERT, RAISED)
    assert caught.value.is_down


def test_a_secret_that_was_handed_out_does_not_leave_in_a_message(receiver, monkeypatch):
    monkeypatch.setenv("FRED_API_KEY", "abcdef0123456789abcdef0123456789")
    assert settings.key("FRED_API_KEY")
    there = receiver(204)
    webhook(there.url).send(Alert("run_failed", ("r",), "ingest", None, "It failed: api_key=abcdef0123456789abcdef0123456789"), RAISED)
    assert b"abcdef0123456789" not in there.seen[0][1] and b"***" in there.seen[0][1]
