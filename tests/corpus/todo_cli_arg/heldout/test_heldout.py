import pytest

from todo.cli import main, show
from todo.store import Store


def test_more(tmp_path, capsys):
    store = Store(tmp_path / "a.json")
    store.add("x", 2)
    store.add("y", 2, ["t"])
    store.add("z", 0)
    store.remove(1)
    assert [t["id"] for t in store.open_tasks()] == [3, 2]
    assert [t["id"] for t in Store(store.path).open_tasks("t")] == [2]
    store.complete(3)
    assert store.progress() == 50
    assert show(store.find(3)) == "[x] 3. z"
    with pytest.raises(KeyError):
        store.remove(1)
    assert main(["--file", str(store.path), "done", "2"]) == 0
    assert capsys.readouterr().out == "100% done\n"
