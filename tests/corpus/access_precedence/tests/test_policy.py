import unittest

from access import Policy, User
from access.documents import Document
from access.policy import Denied


class PolicyTest(unittest.TestCase):
    def setUp(self):
        self.policy = Policy()
        self.admin = User("root", {"admin"})
        self.owner = User("ann", team="blue")
        self.editor = User("ed", {"editor"}, team="blue")
        self.mate = User("mo", team="blue")
        self.stranger = User("sam")
        self.plan = Document("plan", owner="ann", team="blue")
        self.memo = Document("memo", owner="sam", public=True)

    def test_read(self):
        for user in (self.admin, self.owner, self.editor, self.mate):
            self.assertTrue(self.policy.can_read(user, self.plan), user.name)
        self.assertFalse(self.policy.can_read(self.stranger, self.plan))
        self.assertTrue(self.policy.can_read(self.mate, self.memo))

    def test_shared(self):
        self.plan.share_with("sam", "zoe")
        self.plan.share_with("sam")
        self.assertEqual(self.plan.readers, ["sam", "zoe"])
        self.assertTrue(self.policy.can_read(self.stranger, self.plan))

    def test_inactive(self):
        self.admin.active = False
        self.assertFalse(self.policy.can_read(self.admin, self.memo))
        self.assertFalse(self.policy.can_write(self.admin, self.memo))
        self.assertFalse(self.policy.can_delete(self.admin, self.memo))
        self.owner.active = False
        self.assertFalse(self.policy.can_delete(self.owner, self.plan))

    def test_write(self):
        allowed = [self.policy.can_write(u, self.plan) for u in (self.admin, self.owner, self.editor, self.mate)]
        self.assertEqual(allowed, [True, True, True, False])

    def test_no_team_is_no_team(self):
        loner = Document("diary", owner="ann")
        self.assertFalse(self.policy.can_read(self.stranger, loner))

    def test_locked(self):
        self.plan.locked = True
        self.assertFalse(self.policy.can_write(self.owner, self.plan))
        self.assertFalse(self.policy.can_delete(self.owner, self.plan))
        self.assertTrue(self.policy.can_delete(self.admin, self.plan))

    def test_delete(self):
        self.assertTrue(self.policy.can_delete(self.owner, self.plan))
        self.assertFalse(self.policy.can_delete(self.editor, self.plan))

    def test_require(self):
        self.policy.require("read", self.owner, self.plan)
        with self.assertRaises(Denied):
            self.policy.require("write", self.mate, self.plan)
        self.assertEqual(self.policy.audit, [("ann", "read", "plan", True), ("mo", "write", "plan", False)])
        with self.assertRaises(ValueError):
            self.policy.require("burn", self.owner, self.plan)

    def test_visible(self):
        self.assertEqual(self.policy.visible(self.mate, [self.plan, self.memo]), ["memo", "plan"])
        self.assertEqual(self.policy.visible(self.stranger, [self.plan, self.memo]), ["memo"])
