"""Asking the person at the terminal, under the live tree."""

from mycoderai.gateway.cli.asking import ask
from mycoderai.gateway.cli.errors import ExitCode
from mycoderai.gateway.cli.keyboard import Keyboard
from mycoderai.gateway.cli.live import LiveTree
from mycoderai.gateway.cli.people import question_block, question_line
from mycoderai.gateway.cli.plan_text import plan_block
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.questions import Open
from mycoderai.gateway.view import RunView
from mycoderai.gateway.who import who
from mycoderai.schemas.events import ApproveAsked, Ask, DenyAsked, MessageAsked, ResumeAsked

_KEYS = {
    "approval": {"a": "approve", "d": "deny", "m": "message", "v": "view", "q": "later"},
    "question": {"m": "answer", "d": "deny", "v": "view", "q": "later"},
    "plan": {"a": "approve", "d": "deny", "v": "view", "q": "later"},
    "paused": {"r": "resume", "q": "later"},
}
_LABELS = {"deny": "what to do instead (may be empty)", "message": "message to the step", "answer": "answer"}


class Prompt:
    """Puts the open questions of a run to the person, one after the other."""

    def __init__(self, session: Session, view: RunView, tree: LiveTree) -> None:
        self._session = session
        self._view = view
        self._tree = tree
        self._keys = Keyboard(view.moved)
        self._item: Open | None = None
        self._later: set[str] = set()
        """Questions the person left for the inbox."""
        tree.below = self._lines

    async def attend(self) -> ExitCode:
        """Ask until nothing is left but what the person does not want to settle now."""
        while True:
            self._view.moved.clear()
            self._item = next((item for item in self._view.questions if item.id not in self._later), None)
            if self._item:
                await self._put(self._item)
            elif self._view.blocked:
                return ExitCode.NEEDS_PERSON
            else:
                await self._view.moved.wait()

    async def _put(self, item: Open) -> None:
        with self._keys.listening():
            await self._until_settled(item)
        self._item = None
        if how := self._view.questions.settled.get(item.id):
            self._say(f"{item.id}: {clean(how)}")

    async def _until_settled(self, item: Open) -> None:
        await self._keys.arm()
        while item.id in self._view.questions.open and item.id not in self._later:
            if action := _KEYS[item.kind].get(self._keys.take()):
                await self._act(item, action)
                continue
            await self._view.moved.wait()
            self._view.moved.clear()

    async def _act(self, item: Open, action: str) -> None:
        if action == "later":
            self._later.add(item.id)
            return
        if action == "view":
            self._say("\n".join(self._details(item)))
            return
        text = await self._line(_LABELS[action]) if action in _LABELS else ""
        if action in ("message", "answer") and not text:
            return
        word = await ask(self._session, self._view.run, self._event(item, action, text))
        if word.outcome != "accepted":
            self._say(f"{action} {item.id}: {word.outcome}" + (f": {clean(word.reason, 300)}" if word.reason else ""))

    def _event(self, item: Open, action: str, text: str) -> Ask:
        match action:
            case "deny":
                return DenyAsked(question=item.id, text=text, by=who())
            case "message":
                attempt = self._view.steps[item.step].attempt
                return MessageAsked(step=item.step, text=text, attempt=attempt, by=who())
            case "resume":
                return ResumeAsked(by=who())
        return ApproveAsked(question=item.id, text=text, by=who())

    def _details(self, item: Open) -> list[str]:
        lines = question_block(item.question)
        if item.kind == "plan" and self._view.revisions:
            lines += plan_block(self._view.revisions[-1].plan.steps)
        return lines

    def _lines(self) -> list[str]:
        if self._item is None:
            return []
        where = f"step {self._item.step}" if self._item.step else "the run"
        keys = "  ".join(f"[{key}] {name}" for key, name in _KEYS[self._item.kind].items())
        return ["", f"? {where}: {question_line(self._item.question)}", f"  {keys}" if self._keys.armed else "  …"]

    async def _line(self, label: str) -> str:
        self._tree.pause()
        try:
            return await self._keys.line(label)
        finally:
            self._tree.resume()

    def _say(self, text: str) -> None:
        self._tree.console.print(text, markup=False, highlight=False)
