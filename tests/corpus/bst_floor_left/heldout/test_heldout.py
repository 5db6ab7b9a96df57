from trees.search_tree import SearchTree


def test_random_order():
    keys = [(n * 37) % 101 for n in range(1, 60)]
    tree = SearchTree((k, k) for k in keys)
    assert [k for k, _ in tree.items()] == sorted(keys)
    assert len(tree) == 59
    assert all(tree.find(k) == k for k in keys)
    assert tree.floor(1000) == max(keys)
    assert tree.minimum() == min(keys)
    assert tree.between(-5, 1000) == sorted(keys)


def test_one():
    tree = SearchTree([(1, "a")])
    assert tree.height() == 1 and tree.floor(1) == 1 and tree.floor(0) is None
    tree.insert(2, "b")
    assert tree.find(2) == "b" and len(tree) == 2
