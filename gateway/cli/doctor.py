"""`mycoder doctor`."""

from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.options import Options, common

if TYPE_CHECKING:
    from mycoderai.gateway.cli.checks import Finding
    from mycoderai.gateway.cli.interrupt import Interrupts

_MARKS = {"ok": ("✓ ok  ", "green"), "warn": ("! warn", "yellow"), "fail": ("✗ fail", "red")}


@click.command(
    epilog="""\b
Examples:
  mycoder doctor
  mycoder doctor --json | jq -r 'select(.state!="ok") | .fix'
"""
)
@common
def doctor(options: Options) -> int:
    """Check this host and the fleet; every finding comes with what fixes it. Exit code 1 when one fails."""
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _doctor(options, interrupts))


async def _doctor(options: Options, interrupts: "Interrupts") -> int:
    from mycoderai.gateway.cli.checks import host_findings, isolation_finding
    from mycoderai.gateway.cli.checks_fleet import fleet_findings
    from mycoderai.gateway.cli.checks_gateway import gateway_finding

    failed = False
    of_host = [await isolation_finding(options.settings), await gateway_finding(options.settings)]
    for group in (host_findings(options.settings), of_host):
        for finding in group:
            failed |= _show(options, finding)
    async for finding in fleet_findings(options, interrupts):
        failed |= _show(options, finding)
    return 1 if failed else 0


def _show(options: Options, finding: "Finding") -> bool:
    if options.json:
        fields = {"name": finding.name, "state": finding.state, "text": finding.text, "fix": finding.fix}
        options.emit({"kind": "check", **fields})
    else:
        mark, color = _MARKS[finding.state]
        options.say(f"{options.style(mark, fg=color)}  {finding.name:<12} {finding.text}")
        if finding.fix:
            options.say(f"{'':8}{'':<12} fix: {finding.fix}")
    return finding.state == "fail"
