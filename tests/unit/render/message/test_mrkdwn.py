"""Foreign text in Slack's markup: shown as it is, and obeyed in nothing."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.render.message import mrkdwn
from fleetscan.render.words.escape import sanitized

HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from("<>&*_~`:/|!@#\n\u202e\x1b abhere+1"), st.characters()), max_size=200
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        ("<!channel> <@U123> <#C1>", "&lt;?channel&gt; &lt;?U123&gt; &lt;#C1&gt;"),
        ("@here @everyone @channel", "?here ?everyone ?channel"),
        ("image@sha256 a@b", "image@sha256 a@b"),
        ("<https://evil|click>", "&lt;https: //evil|click&gt;"),
        ("see http://evil and docker.io/x", "see http: //evil and docker.io/x"),
        ("*bold* ~gone~ `code`", "\u2217bold\u2217 \u223cgone\u223c \u02cbcode\u02cb"),
        ("_italic_ skbuff_head_cache __init__", "\u02cditalic\u02cd skbuff_head_cache \u02cd\u02cdinit\u02cd\u02cd"),
        (":skull: :+1: at 06:05:11 scope:1.13.2", "\u2236skull: \u2236+1: at 06:05:11 scope:1.13.2"),
        ("> quoted", "\u203a quoted"),
        ("a > b & c", "a &gt; b &amp; c"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
        ("two\r\nlines \x1b[31mred\x1b[0m \u202egnp.exe", "two lines ?[31mred?[0m ?gnp.exe"),
    ],
)
def test_prose_is_shown_and_not_obeyed(text: str, expected: str) -> None:
    """Entities where Slack has some, characters that look alike where it has none."""
    assert expected == mrkdwn.prose(text).text


@given(HOSTILE, st.integers(10, 200))
def test_nothing_in_prose_is_markup(text: str, limit: int) -> None:
    """One bounded printable line without a character that Slack obeys."""
    found = mrkdwn.prose(text, limit).text

    assert len(found) <= limit
    assert found.isprintable()
    assert not set("<>*~`") & set(found)
    assert "://" not in found
    assert not re.search(r"&(?!amp;|lt;|gt;)", found.replace("...", ""))
    assert not re.search(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])", found)
    assert not re.search(r"@(?:here|everyone|channel)", found, re.IGNORECASE)
    assert not found.startswith("&gt;")


@given(HOSTILE)
def test_code_is_the_name_itself(text: str) -> None:
    """What Slack shows between the back quotes is what was there, but for a back quote and what cannot be printed."""
    found = mrkdwn.code(text, 2_000).text
    shown = sanitized(text, 2_000).replace("`", "'")

    assert found.count("`") == (2 if shown else 0)
    assert html.unescape(found.strip("`")).lstrip(" ") == shown


@given(st.lists(HOSTILE, max_size=30), st.integers(100, 3_000))
def test_nothing_breaks_out_of_a_fence(commands: list[str], limit: int) -> None:
    """There is one beginning and one end, and between them no back quote and no control sequence."""
    found = mrkdwn.fence(commands, limit=limit).text

    assert len(found) <= limit
    if commands:
        inner = found.removeprefix("```\n").removesuffix("\n```")

        assert found == f"```\n{inner}\n```"
        assert not set("`<>") & set(inner)


def test_a_fence_counts_what_it_leaves_out() -> None:
    """Nobody runs half of a list of commands and thinks it was all."""
    found = mrkdwn.fence([f"command {number}" for number in range(100)], limit=200).text

    assert found.endswith("... and 85 more lines\n```")


def test_a_command_keeps_its_indent_and_its_angle_brackets() -> None:
    """Slack decodes the entities when it is copied."""
    assert mrkdwn.fence(["  awk 'NR > 2'"], limit=200).text == "```\n  awk 'NR &gt; 2'\n```"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://s3.eu-west-1.amazonaws.com/b/k?a=1&b=2", "<https://s3.eu-west-1.amazonaws.com/b/k?a=1&amp;b=2|Open>"),
        ("http://plain.example", ""),
        ("javascript:alert(1)", ""),
        ("https://x/|y", ""),
        ("https://x/>y", ""),
        ("https://x/ y", ""),
        (f"https://x/{'y' * 3_000}", ""),
        ("", ""),
    ],
)
def test_only_a_plain_address_becomes_a_link(url: str, expected: str) -> None:
    """Whoever may publish to the topic may write an envelope; what would end the link early is none."""
    assert expected == mrkdwn.link(url, "Open").text


def test_an_entity_is_never_cut() -> None:
    """Half an entity is a character that nobody wrote."""
    for limit in range(10, 40):
        assert not re.search(r"&(?!amp;)", mrkdwn.prose("&" * 30, limit).text.removesuffix("..."))


def test_nothing_is_not_bold() -> None:
    """Two asterisks alone would be seen."""
    assert mrkdwn.bold("", mrkdwn.NOTHING) == mrkdwn.NOTHING
    assert mrkdwn.bold("words").text == "*words*"
