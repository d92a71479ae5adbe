"""Why there is no answer, in words that name what is to be mended."""

from __future__ import annotations

import pytest
import requests

from automation.http.answers import failure_of, no_answer_in_words

SERVER = "https://gitlab.acme.test/api"


def test_a_proxy_that_lets_nothing_through_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://erin:s3cret@127.0.0.1:9")
    with pytest.raises(requests.RequestException) as error:
        requests.get(SERVER, timeout=5)
    failure = failure_of(error.value)
    problem, remedy = no_answer_in_words(failure, SERVER, "GitLab", writes=False)
    assert problem == "the proxy 127.0.0.1:9 lets nothing through to gitlab.acme.test"
    assert remedy == "check https_proxy, which names it; or name gitlab.acme.test in NO_PROXY"
    assert failure.away


def test_a_bundle_without_the_authority_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = failure_of(requests.exceptions.SSLError("secret"))
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("CURL_CA_BUNDLE", "/etc/ca.pem")
    problem, remedy = no_answer_in_words(failure, SERVER, "GitLab", writes=False)
    assert problem == "the certificate of gitlab.acme.test cannot be verified"
    assert remedy.startswith("CURL_CA_BUNDLE names a file without that of its authority")
