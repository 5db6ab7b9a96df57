from itertools import product

from access import Policy, User
from access.documents import Document


def test_truth_table():
    policy = Policy()
    for admin, active, owner, editor, mate, public, locked in product([False, True], repeat=7):
        roles = {r for r, on in (("admin", admin), ("editor", editor)) if on}
        user = User("ann" if owner else "bob", roles, active, "blue" if mate else "red")
        doc = Document("d", "ann", "blue", public, locked)
        assert policy.can_read(user, doc) == (active and (public or admin or owner or mate))
        assert policy.can_write(user, doc) == (active and not locked and (admin or owner or (editor and mate)))
        assert policy.can_delete(user, doc) == (active and (admin or (owner and not locked)))


def test_given_audit_is_used():
    audit = []
    Policy(audit).require("read", User("a"), Document("t", "a"))
    assert len(audit) == 1
