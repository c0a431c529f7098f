"""Settings: what is unset, what is refused, and what is struck out."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import settings

NAMES = ("LOCKSTEP_DATA", "LOCKSTEP_SOURCE", "LOCKSTEP_HISTORY", "LOCKSTEP_NOW", "LOCKSTEP_VENDOR_BASE", "INVENTED_KEY")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_what_is_unset_or_empty_takes_its_default(monkeypatch, value):
    for name in NAMES:
        if value is not None:
            monkeypatch.setenv(name, value)
    assert (settings.data_folder(), settings.source()) == (Path("data"), "sample")
    assert (settings.history_folder(), settings.now(), settings.vendor_base(), settings.key("INVENTED_KEY")) == (None, None, None, None)


def test_what_is_set_is_read_when_asked(monkeypatch):
    monkeypatch.setenv("LOCKSTEP_DATA", "/srv/lockstep")
    monkeypatch.setenv("LOCKSTEP_SOURCE", "live")
    monkeypatch.setenv("LOCKSTEP_HISTORY", "../shared/history")
    assert (settings.data_folder(), settings.source()) == (Path("/srv/lockstep"), "live")
    assert settings.history_folder() == Path("../shared/history")


@pytest.mark.parametrize("text", ["2025-12-12T10:50:00Z", "2025-12-12T05:50:00-05:00", "2025-12-12 10:50+00:00"])
def test_now_may_be_written_in_any_zone(monkeypatch, text):
    monkeypatch.setenv("LOCKSTEP_NOW", text)
    assert settings.now() == datetime(2025, 12, 12, 10, 50, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2025-12-12", "2025-12-12T10:50:00", "yesterday", "2025-13-01T00:00:00Z"])
def test_a_now_that_could_mean_two_instants_or_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("LOCKSTEP_NOW", text)
    with pytest.raises(ValueError, match=r"LOCKSTEP_NOW is .*write it like 2025-12-12T10:50Z"):
        settings.now()


@pytest.mark.parametrize("base", ["https://mirror.example", "http://127.0.0.1:8080", "http://localhost:1/below", "http://[::1]:9"])
def test_a_mirror_is_https_or_on_this_machine(monkeypatch, base):
    monkeypatch.setenv("LOCKSTEP_VENDOR_BASE", base + "/")
    assert settings.vendor_base() == base


@pytest.mark.parametrize("base", ["http://mirror.example", "mirror.example", "file:///etc", "https://", "http://127.0.0.1.example"])
def test_a_mirror_to_which_keys_would_travel_open_is_refused(monkeypatch, base):
    monkeypatch.setenv("LOCKSTEP_VENDOR_BASE", base)
    with pytest.raises(ValueError, match="LOCKSTEP_VENDOR_BASE"):
        settings.vendor_base()


def test_a_key_is_struck_out_of_every_text_once_handed_out(monkeypatch):
    monkeypatch.setenv("INVENTED_KEY", " s3cret/key value \n")
    assert settings.key("INVENTED_KEY") == "s3cret/key value"
    text = "?api_key=s3cret%2Fkey+value and s3cret%2Fkey%20value and s3cret/key value"
    assert settings.redacted(text) == "?api_key=*** and *** and ***"


def test_a_webhook_is_https_or_on_this_machine_and_its_secret_base64(monkeypatch):
    assert settings.webhook() is None
    monkeypatch.setenv("LOCKSTEP_WEBHOOK_URL", "https://hooks.example.org/T0PSECRET")
    assert settings.webhook() == ("https://hooks.example.org/T0PSECRET", None)
    monkeypatch.setenv("LOCKSTEP_WEBHOOK_SECRET", "whsec_c2VjcmV0")
    assert settings.webhook() == ("https://hooks.example.org/T0PSECRET", b"secret")
    assert settings.redacted("POST https://hooks.example.org/T0PSECRET with whsec_c2VjcmV0") == "POST *** with ***"
    monkeypatch.setenv("LOCKSTEP_WEBHOOK_SECRET", "whsec_$$$")
    with pytest.raises(ValueError, match="must be base64") as caught:
        settings.webhook()
    assert "$$$" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://hooks.example.org/a", "ftp://127.0.0.1/a", "hooks.example.org", "https:///a", "http://127.0.0.1.example.org/a"]
)
def test_an_unsafe_webhook_is_refused_and_not_shown(monkeypatch, url):
    monkeypatch.setenv("LOCKSTEP_WEBHOOK_URL", url)
    with pytest.raises(ValueError, match="must be an https address") as caught:
        settings.webhook()
    assert url not in str(caught.value)
