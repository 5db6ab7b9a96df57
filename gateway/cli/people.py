"""What people are asked, what they ask, and what was made of it, as sentences."""

import json
from typing import Any

from mycoderai.gateway.cli.text import block, by, clean
from mycoderai.gateway.cli.turns import telling_argument
from mycoderai.schemas.events import (
    Answer,
    ApproveAsked,
    Ask,
    AskHeard,
    CancelAsked,
    DenyAsked,
    EditAsked,
    MessageAsked,
    PauseAsked,
    Question,
    ResumeAsked,
    RetryAsked,
)


def asked(ask: Ask) -> str:
    """Something a person asked, in the words of the commands."""
    match ask:
        case CancelAsked(by=who, reason=reason):
            return "cancel asked" + by(who) + _said(reason)
        case ApproveAsked() | DenyAsked():
            verb = "approve" if isinstance(ask, ApproveAsked) else "deny"
            changed = _changed(ask.arguments) if isinstance(ask, ApproveAsked) else ""
            return f"{verb} {clean(ask.question, 40)}{changed} asked{by(ask.by)}{_said(ask.text)}"
        case MessageAsked(step=step, text=text, when=when, by=who):
            later = " for after this step" if when == "after" else ""
            return f"message to {clean(step, 40)}{later}{by(who)}{_said(text)}"
        case PauseAsked(by=who, reason=reason):
            return "pause asked" + by(who) + _said(reason)
        case ResumeAsked(by=who):
            return "resume asked" + by(who)
        case RetryAsked(step=step, by=who):
            return f"retry of {clean(step, 40)} asked{by(who)}"
        case EditAsked(revision=revision, by=who):
            return f"edit of plan revision {revision} asked{by(who)}"


def heard(word: AskHeard, ask: Ask | None) -> str:
    what = asked(ask) if ask else f"what was asked at {word.ask}"
    return f"{'accepted' if word.accepted else 'refused'}: {what}" + (
        f" ({clean(word.reason, 200)})" if word.reason else ""
    )


def answered(answer: Answer) -> str:
    if answer.question.startswith("pause-"):
        return f"resumed{by(answer.by)}"
    verb = "answered" if answer.approved and answer.text else "approved" if answer.approved else "denied"
    verb = f"approved{_changed(answer.arguments)}" if answer.arguments else verb
    return verb + by(answer.by) + _said(answer.text)


def question_line(question: Question) -> str:
    """What a person has to settle, on one line."""
    tool = f" [{clean(question.tool, 30)} {telling_argument(question.arguments)}]".replace(" ]", "]")
    risks = f" (risk: {clean(', '.join(question.risks), 120)})" if question.risks else ""
    return clean(question.text, 200) + (tool if question.kind == "approval" else "") + risks


def question_block(question: Question) -> list[str]:
    """All there is to know before answering."""
    lines = block(question.text).splitlines()
    lines += [f"risk: {clean(risk, 200)}" for risk in question.risks]
    if question.kind == "approval":
        lines += [f"{clean(question.tool, 30)}:", *(f"  {line}" for line in _arguments(question.arguments))]
    return lines


def _arguments(text: str) -> list[str]:
    try:
        given: Any = json.loads(text or "{}")
    except ValueError:
        return block(text).splitlines()
    if not isinstance(given, dict):
        return block(text).splitlines()
    return [line for name, value in given.items() for line in _argument(name, value)]


def _argument(name: str, value: Any) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    lines = block(text).splitlines() or [""]
    return [f"{clean(name, 40)}: {lines[0]}", *(f"  {line}" for line in lines[1:])]


def _changed(arguments: str) -> str:
    return f" with changes [{telling_argument(arguments)}]" if arguments else ""


def _said(text: str) -> str:
    return f": {clean(text)}" if text else ""
