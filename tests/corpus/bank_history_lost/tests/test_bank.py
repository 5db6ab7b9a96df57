import unittest

from bank.account import Account
from bank.bank import Bank
from bank.errors import BankError, InsufficientFunds, UnknownAccount


class AccountTest(unittest.TestCase):
    def test_deposit_and_withdraw(self):
        account = Account("ann", 100)
        account.deposit(50)
        account.withdraw(30)
        self.assertEqual(account.balance, 120)

    def test_invalid_amounts(self):
        account = Account("ann", 100)
        for amount in (0, -5):
            with self.assertRaises(ValueError):
                account.deposit(amount)
            with self.assertRaises(ValueError):
                account.withdraw(amount)

    def test_withdraw_everything(self):
        account = Account("ann", 100)
        account.withdraw(100)
        self.assertEqual(account.balance, 0)

    def test_overdraft(self):
        account = Account("ann", 100, overdraft=50)
        account.withdraw(150)
        self.assertEqual(account.balance, -50)
        with self.assertRaises(InsufficientFunds) as caught:
            account.withdraw(1)
        self.assertEqual(caught.exception.needed, 1)
        self.assertEqual(caught.exception.available, 0)

    def test_last(self):
        account = Account("ann", 10)
        account.deposit(1)
        account.deposit(2)
        account.withdraw(3)
        self.assertEqual(account.last(), [("withdraw", 3)])
        self.assertEqual(account.last(2), [("withdraw", 3), ("deposit", 2)])


class BankTest(unittest.TestCase):
    def setUp(self):
        self.bank = Bank()
        self.ann = self.bank.open("ann", 100)
        self.bob = self.bank.open("bob", 20)

    def test_numbers_differ(self):
        self.assertEqual((self.ann, self.bob), (1, 2))

    def test_transfer(self):
        self.bank.transfer(self.ann, self.bob, 60)
        self.assertEqual(self.bank.account(self.ann).balance, 40)
        self.assertEqual(self.bank.account(self.bob).balance, 80)
        self.assertEqual(self.bank.total(), 120)

    def test_transfer_too_much_changes_nothing(self):
        with self.assertRaises(BankError):
            self.bank.transfer(self.bob, self.ann, 21)
        self.assertEqual(self.bank.account(self.ann).balance, 100)

    def test_unknown(self):
        with self.assertRaises(UnknownAccount):
            self.bank.transfer(self.ann, 99, 1)

    def test_by_owner(self):
        third = self.bank.open("ann")
        self.assertEqual(self.bank.by_owner("ann"), [self.ann, third])

    def test_interest(self):
        self.bank.open("eve", -50)
        self.bank.add_interest(10)
        self.assertEqual(self.bank.account(self.ann).balance, 110)
        self.assertEqual(self.bank.account(self.bob).balance, 22)
        self.assertEqual(self.bank.account(3).balance, -50)

    def test_richest(self):
        self.assertEqual(self.bank.richest(), self.ann)
        self.assertIsNone(Bank().richest())
