"""Going on with a run in a new one, and watching that."""

from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.resubmit import resubmit
from mycoderai.gateway.cli.run_order import announce, check_fleet, follow_to_end, left, roles_for
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.submit import recall
from mycoderai.gateway.view import RunView
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.events import Fork


async def go_on_with(
    options: Options,
    interrupts: Interrupts,
    view: RunView,
    fork: Fork | None,
    *,
    model: str = "",
    replay: str = "",
    follow: bool,
) -> int:
    """Submit the run again and follow the new one to its end; its exit code."""
    submitted = view.submitted
    if submitted is None:
        raise MycoderError(f"the submission of run {view.run} cannot be read", "mycoder doctor")
    check_fleet(options, submitted.role, follow=follow)
    async with Session(options, interrupts, roles=roles_for(submitted.role, options.settings), kind="run") as session:
        await session.open()
        new = RunView(run="")
        interrupts.gently = new.leave.set
        new.run = await resubmit(session, submitted, view.run, fork=fork, model=model, replay=replay)
        announce(options, new.run, [f"goes on from run {view.run}" + (f" at step {fork.step}" if fork else "")])
        if not follow:
            return left(options, new)
        known = recall(session.settings.data, view.run)
        return await follow_to_end(options, interrupts, session, new, known.repository if known else "")
