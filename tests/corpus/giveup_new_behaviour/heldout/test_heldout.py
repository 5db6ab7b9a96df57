import pytest

from bank.account import Account
from bank.bank import Bank
from bank.errors import InsufficientFunds, UnknownAccount


def test_accounts():
    account = Account("x", 5, 10)
    account.withdraw(12)
    assert account.balance == -7 and account.available == 3
    with pytest.raises(InsufficientFunds):
        account.withdraw(4)
    account.deposit(7)
    assert account.history == [("withdraw", 12), ("deposit", 7)]
    assert account.last(5) == [("deposit", 7), ("withdraw", 12)]


def test_bank():
    bank = Bank()
    numbers = [bank.open(name, 10 * n) for n, name in enumerate("abc")]
    assert bank.richest() == numbers[2]
    assert bank.total() == 30
    bank.transfer(numbers[2], numbers[0], 5)
    assert [bank.account(n).balance for n in numbers] == [5, 10, 15]
    with pytest.raises(UnknownAccount):
        bank.account(77)
    bank.add_interest(50)
    assert bank.total() == 5 + 2 + 10 + 5 + 15 + 7
