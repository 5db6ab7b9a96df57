"""docs/messages.md: every subject, event, request and reply, and who may say what."""

from typing import Any, NamedTuple

import msgspec
from docs_source import doc, said, table
from docs_subjects import SUBJECTS
from docs_types import RUN, fields_table, heading, link, sample, structs_in

from mycoderai.broker.credentials import ADMIN, SERVICES, permissions_of
from mycoderai.broker.request import STATUS
from mycoderai.broker.topology import streams
from mycoderai.schemas import chat, events, execution, memory, notes
from mycoderai.schemas.events import SCHEMA_VERSION, AnyEvent, Event
from mycoderai.schemas.failure import TAXONOMY, Failure, FailureCode
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import (
    COMMANDS,
    EXEC_CLONE,
    EXEC_OPEN,
    MEMORY_QUERY,
    MODEL_CHAT,
    Log,
    memory_query,
    memory_write,
    parse_event,
    session,
)

POOL = "coder"
OTHER_POOL = "tester"
STEP = "main"
SETTINGS = Settings()

# Of the events whose name says it all to those who read the code.
MEANINGS: dict[type[Event], str] = {
    events.StepDone: "The attempt reached the step's goal.",
    events.StepFailed: "The attempt ended without reaching the step's goal.",
    events.EvidenceRecorded: "An executor saw the tests of one tree run.",
    events.CancelAsked: "Somebody wants the run to end.",
}


class Service(NamedTuple):
    subject: str
    example: str
    request: Any
    reply: Any
    meaning: str


SERVICES_ASKED = (
    Service(EXEC_OPEN, EXEC_OPEN, execution.OpenSession, execution.SessionOpened, "Open a workspace for a step."),
    Service(EXEC_CLONE, EXEC_CLONE, execution.CloneRepository, execution.RepositoryCloned, "Store a repository."),
    *(
        Service(session("<session>", verb), session("s1", verb), request, reply, meaning)
        for verb, request, reply, meaning in (
            ("open", execution.OpenSession, execution.SessionOpened, "Ask the same again; answered as the first time."),
            ("tool", execution.ToolRequest, execution.ToolReply, "Run one tool call."),
            ("submit", execution.SubmitRequest, execution.Submitted, "Hand over; the gate answers."),
            ("close", execution.CloseSession, None, "Give the workspace up."),
        )
    ),
    Service(MODEL_CHAT, MODEL_CHAT, chat.ModelRequest, chat.ModelAnswer, "One model call, paid once."),
    Service(MEMORY_QUERY, MEMORY_QUERY, memory.Query, memory.AnyAnswer, "Ask about runs, turns and costs."),
    Service(MEMORY_QUERY, MEMORY_QUERY, notes.ItemQuery, notes.Items, "Find and read what is kept."),
    Service(
        memory_query("<pool>"),
        memory_query(POOL),
        notes.AskedByStep,
        notes.Items,
        "Find and read what is kept close to a step, as an agent.",
    ),
    Service(memory_write(), memory_write(), notes.WriteItems, notes.Written, "Change what is kept, as a person."),
    Service(
        memory_write("<pool>"), memory_write(POOL), notes.WriteItems, notes.Written, "Change what is kept, as an agent."
    ),
)


def page() -> str:
    return "\n".join(
        [
            "# Messages\n",
            _intro(),
            "## Subjects\n",
            "### The log of a run\n",
            _event_subjects(),
            "### Everything else\n",
            _other_subjects(),
            "### What the server copies into the command queue\n",
            _commands(),
            "## Events\n",
            "What happened, in the past tense. The subject says which run and step an event belongs to, so the payload "
            "does not repeat it.\n",
            *(_event(type_) for type_ in _event_types()),
            "## Parts of events and requests\n",
            *(_struct(type_) for type_ in _parts()),
            "### FailureCode\n",
            _paragraph(FailureCode.__doc__),
            _failure_codes(),
            "## Requests, replies and the rest\n",
            _services_intro(),
            _services(),
            *(_struct(type_) for type_ in _service_types()),
        ]
    )


def _intro() -> str:
    return (
        "Everything on the broker is JSON. An object that may be one of several says which in `kind`. Unknown fields "
        "are ignored; a field left out has its default. An event carries its schema version in `v`, now "
        f"{SCHEMA_VERSION}; a reader refuses a newer one.\n\n"
        "Who may write a subject is held by the broker, by the permissions of one user per role; the columns below "
        "are read from the same table. `admin` may do everything and is left out. How to submit a run with any NATS "
        "client is told in [nats.md](nats.md).\n\n"
        "A token of a subject is up to 64 lower-case letters, digits, `-` and `_`, and begins with a letter or digit. "
        "`<shard>` is the CRC-32 of the run's id over the number of event streams: `0` unless the fleet has more.\n"
    )


def _event_types() -> list[type[Event]]:
    return list(AnyEvent.__args__)


def event_subjects() -> list[tuple[str, str, type[Event]]]:
    """Subject as shown, a real one, and the event that stands there; as the decoder has it."""
    log, shown = Log(RUN), Log("<run>")
    rows = [(shown.run_event(type_), log.run_event(type_), event) for type_, event in events._FAMILIES["run"].items()]
    rows += [(shown.ready("<pool>", "<step>"), log.ready(POOL, STEP), events._FAMILIES["ready"]["ready"])]
    rows += [
        (shown.step_event("<pool>", "<step>", type_), log.step_event(POOL, STEP, type_), event)
        for type_, event in events._FAMILIES["step"].items()
    ]
    rows += [(shown.call("<step>", "<call>"), log.call(STEP, "c1"), events._BY_ID["call"])]
    rows += [(shown.proof("<step>", "<evidence>"), log.proof(STEP, "e1"), events._BY_ID["proof"])]
    rows += [(shown.ask(type_), log.ask(type_), event) for type_, event in events._FAMILIES["ask"].items()]
    return [(shown.replace("evt.0.", "evt.<shard>."), real, event) for shown, real, event in rows]


def _event_subjects() -> str:
    return table(
        ["Subject", "Event", "Stream", "Written by", "Meaning"],
        [
            [f"`{shown}`", link(event), _stream_of(real), writers(real), _first_sentence(meaning(event))]
            for shown, real, event in event_subjects()
        ],
    )


def _other_subjects() -> str:
    return table(
        ["Subject", "Payload", "Stream", "Written by", "Meaning"],
        [
            [
                f"`{one.shown}`",
                _payload(one.payload),
                one.copied_to or _stream_of(one.example),
                "the server" if one.copied_to else writers(one.example) or ADMIN,
                one.meaning,
            ]
            for one in SUBJECTS
        ],
    )


def _payload(type_: Any) -> str:
    if type_ is AnyEvent:
        return "an event"
    if type_ is None:
        return ""
    return link(type_) if isinstance(type_, type) else f"`{type_}`"


def _commands() -> str:
    (queue,) = [config for config in streams(SETTINGS) if config["name"] == COMMANDS]
    transforms = [transform for source in queue["sources"] for transform in source["subject_transforms"]]
    return table(["Event", "Command"], [[f"`{one['src']}`", f"`{one['dest']}`"] for one in transforms])


def writers(subject: str) -> str:
    """The users that may publish there."""
    roles = [role for role in SERVICES if role != ADMIN and _may_publish(role, subject)]
    # One pool that may write to another's subject may write to every one's.
    if _may_publish(OTHER_POOL, subject):
        roles.append("every pool")
    elif _may_publish(POOL, subject):
        roles.append("the pool or service named" if subject.startswith(("dead.", "metrics.")) else "the pool named")
    return ", ".join(roles)


def _readers(subject: str) -> str:
    roles = [role for role in SERVICES if role != ADMIN]
    return ", ".join(role for role in roles if any(_matches(one, subject) for one in permissions_of(role, 1).subscribe))


def _may_publish(role: str, subject: str) -> bool:
    return any(_matches(allowed, subject) for allowed in permissions_of(role, SETTINGS.shards).publish)


def _matches(pattern: str, subject: str) -> bool:
    wanted, given = pattern.split("."), subject.split(".")
    for index, part in enumerate(wanted):
        if part == ">":
            return len(given) > index
        if index >= len(given) or part not in ("*", given[index]):
            return False
    return len(wanted) == len(given)


def _stream_of(subject: str) -> str:
    return next(
        (
            config["name"]
            for config in streams(SETTINGS)
            if any(_matches(one, subject) for one in config.get("subjects", ()))
        ),
        "none",
    )


def _event(type_: type[Event]) -> str:
    shown = [subject for subject, _, event in event_subjects() if event is type_]
    return "\n".join(
        [
            f"### {heading(type_)}\n",
            f"{meaning(type_)}\n",
            f"On `{shown[0]}`.\n",
            fields_table(type_),
            f"```json\n{example(type_)}\n```\n",
        ]
    )


def meaning(type_: type[Event]) -> str:
    return doc(type_) or said(MEANINGS, type_, "its docstring")


def example(type_: type[Event]) -> str:
    """A sample of the event, as it was understood again by the decoder."""
    real = next(real for _, real, event in event_subjects() if event is type_)
    payload = events.encode(sample(type_))
    events.decode(payload, parse_event(real))
    return msgspec.json.format(payload, indent=2).decode()


def _struct(type_: type[Any]) -> str:
    return "\n".join([f"### {heading(type_)}\n", *([f"{doc(type_)}\n"] if doc(type_) else []), fields_table(type_)])


def _parts() -> list[type[Any]]:
    own = set(_event_types())
    return [type_ for type_ in structs_in(*_event_types()) if type_ not in own]


def _service_types() -> list[type[Any]]:
    known = {*_event_types(), *_parts()}
    asked = [type_ for service in SERVICES_ASKED for type_ in (service.request, service.reply) if type_]
    told = [one.payload for one in SUBJECTS if one.payload not in (None, AnyEvent)]
    return [type_ for type_ in structs_in(*asked, *told) if type_ not in known]


def _failure_codes() -> str:
    return table(
        ["Code", "Meaning", "Does trying again help?", "What to do"],
        [
            [f"`{code.value}`", kind.meaning, "it may" if kind.retry_helps else "no", kind.advice.replace("|", "\\|")]
            for code, kind in TAXONOMY.items()
        ],
    )


def _services_intro() -> str:
    return (
        f"A service answers on the request's reply subject: while it works with empty messages whose header `{STATUS}` "
        f"is `working`, one a second, and then with one message whose header is `done` and which holds the reply, or "
        f"`refused` and which holds a {link(Failure)}. Silence for six seconds means that the service is gone; asking "
        "again is safe, because every request that does something carries an id.\n"
    )


def _services() -> str:
    return table(
        ["Subject", "Asked by", "Answered by", "Request", "Reply", "Meaning"],
        [
            [
                f"`{service.subject}`",
                writers(service.example),
                _readers(service.example),
                _links(service.request),
                _links(service.reply),
                service.meaning,
            ]
            for service in SERVICES_ASKED
        ],
    )


def _links(type_: Any) -> str:
    if type_ is None:
        return "an object"
    return ", ".join(link(one) for one in getattr(type_, "__args__", (type_,)))


def _first_sentence(text: str) -> str:
    sentence = text.split("\n\n")[0].split(". ")[0].rstrip(".")
    return f"{sentence}." if sentence else ""


def _paragraph(text: str | None) -> str:
    return " ".join((text or "").split()) + "\n"
