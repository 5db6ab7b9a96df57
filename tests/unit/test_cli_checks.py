"""What doctor makes of what it sees."""

from pathlib import Path

from mycoderai.gateway.cli.checks import credentials_finding, data_finding, keys_finding, read_isolation, server_finding
from mycoderai.schemas.settings import Settings


def test_keys_are_named_and_never_shown() -> None:
    finding = keys_finding(Settings(), {"OPENAI_API_KEY": "sk-very-secret"})
    assert finding.state == "ok"
    assert "OPENAI_API_KEY=***" in finding.text
    assert "sk-" not in finding.text


def test_a_model_without_its_key_is_a_warning() -> None:
    finding = keys_finding(Settings(model="anthropic/x"), {})
    assert (finding.state, finding.fix) == ("warn", "export ANTHROPIC_API_KEY=…")


def test_an_own_endpoint_needs_no_key() -> None:
    assert keys_finding(Settings(model="openai/x"), {"OPENAI_API_BASE": "http://127.0.0.1:1"}).state == "ok"


def test_credentials_that_others_may_read_are_a_failure(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "coder").write_text("secret")
    (tmp_path / "coder").chmod(0o640)
    finding = credentials_finding(tmp_path)
    assert finding.state == "fail"
    assert "coder" in finding.text
    assert finding.fix == f"chmod -R go-rwx {tmp_path}"


def test_a_data_directory_of_a_newer_version_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("7")
    finding = data_finding(Settings(data_dir=str(tmp_path)))
    assert finding.state == "fail"
    assert "layout 7" in finding.text


def test_a_missing_nats_server_names_the_way_out() -> None:
    finding = server_finding(Settings(nats_server="/nowhere/nats-server"))
    assert finding.state == "fail"
    assert "MYCODER_NATS_SERVER" in finding.fix


def test_isolation_is_read_from_the_last_line_of_the_probe() -> None:
    finding = read_isolation('noise\n{"level": "bwrap", "limits": {"memory": "hard"}}\n', "")
    assert (finding.state, finding.text) == ("ok", "bwrap (memory hard)")


def test_no_isolation_is_a_failure_with_the_probes_own_fix() -> None:
    finding = read_isolation('{"message": "no user namespaces", "fix": "sysctl x"}', "")
    assert (finding.state, finding.text, finding.fix) == ("fail", "no user namespaces", "sysctl x")


def test_running_as_oneself_is_a_warning() -> None:
    assert read_isolation('{"level": "none"}', "").state == "warn"


def test_a_probe_that_breaks_is_a_failure_with_its_last_words() -> None:
    assert "boom" in read_isolation("", "Traceback\nValueError: boom\n").text
